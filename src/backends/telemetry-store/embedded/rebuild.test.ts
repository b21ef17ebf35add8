import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aReading, logged } from "../../../../test/contract/telemetry-store.ts";
import { openTelemetryAt } from "../../../../test/fixtures/telemetry-on-disk.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { createRandom } from "../../../kernel/random.ts";
import type { AggregateRow } from "../../../model/aggregate.ts";
import { DAY, HOUR, MINUTE } from "../../../model/basics.ts";
import { minuteArithmetic } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import { MonthFile } from "./month-file.ts";
import { prepareRebuild } from "./rebuild.ts";

const START = Date.UTC(2026, 1, 28, 12);
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };
const devices = ["A", "B"];
const READINGS = 2_160;

/** Three hours of two devices across midnight, a reading each 10 s in turn, some up to an hour late. */
function records() {
  const random = createRandom(21);
  const readings = Array.from({ length: READINGS }, (_, i) => {
    const late = random.integer(8) === 0 ? random.integer(360) : 0;
    const at = 10.5 * HOUR + Math.max(0, Math.floor(i / 2) - late) * 10_000 + (i % 60) * 100;
    return aReading(at, { flow: i % 13, current: i }, { deviceId: devices[i % 2] ?? "A" });
  });
  return logged(readings, 1);
}

const offer = async (store: TelemetryStore, log: ReturnType<typeof records>): Promise<void> => {
  for (let i = 0; i < log.length; i += 500) {
    const part = log.slice(i, i + 500);
    await store.write(part, { "0": (part.at(-1)?.offset ?? 0) + 1 });
  }
};

/** A deviation joined in another order differs in its last bit. */
const hoursOf = (rows: readonly AggregateRow[]) =>
  rows.map((row) => ({
    ...row,
    stddev: Math.round(row.stddev * 1e9),
    avg: Math.round(row.avg * 1e9),
  }));

const everything = async (store: TelemetryStore) =>
  Promise.all(
    devices.map(async (deviceId) => {
      const query = { deviceId, from: 0, to: START + 9 * DAY, metrics: null, limit: 1_000_000 };
      return [
        await store.readings({ ...query, order: "asc" }),
        await store.aggregates({ ...query, stepMs: MINUTE }),
        hoursOf(await store.aggregates({ ...query, stepMs: HOUR })),
      ];
    }),
  );

describe("rebuild of the embedded telemetry store", () => {
  it("gives the same readings, minutes and hours again, however much of the log is left", async () => {
    const log = records();
    for (const dropped of [0, 600, 1_500, READINGS]) {
      const folder = temporaryFolder("rebuild");
      const clock = new SimulatedClock(START + 3 * DAY);
      const store = await openTelemetryAt(folder, {}, clock);
      await offer(store, log);
      await clock.advance(2 * MINUTE);
      await store.maintain(KEEP, clock.now());
      const before = await everything(store);
      await store.close();

      const rest = log.slice(dropped);
      const newestDropped = Math.max(0, ...log.slice(0, dropped).map((l) => l.reading.measuredAt));
      const loggedFrom = dropped === 0 ? 0 : (Math.floor(newestDropped / DAY) + 1) * DAY;
      prepareRebuild({
        dataDir: folder,
        openFilesMax: 4,
        aggregate: minuteArithmetic,
        loggedFrom,
      });
      const again = await openTelemetryAt(folder, {}, clock);
      assert.equal(await again.position(), null);
      await offer(again, rest);
      assert.deepEqual(await everything(again), before);
      await again.maintain(KEEP, clock.now());
      assert.deepEqual(await everything(again), before);
      await again.close();
    }
  });

  it("mends minutes that do not fit their readings", async () => {
    const log = records();
    const folder = temporaryFolder("rebuild");
    const clock = new SimulatedClock(START + 3 * DAY);
    const store = await openTelemetryAt(folder, {}, clock);
    await offer(store, log);
    await clock.advance(2 * MINUTE);
    await store.maintain(KEEP, clock.now());
    const before = await everything(store);
    await store.close();
    const month = new MonthFile(join(folder, "minutes-2026-02.db"), "owner");
    const others = month.list("minute_block", "B", 0, START + DAY);
    for (const block of others) month.put("minute_block", "A", block);
    month.close();
    assert.equal(others.length, 1);
    for (let turn = 0; turn < 2; turn += 1)
      prepareRebuild({
        dataDir: folder,
        openFilesMax: 4,
        aggregate: minuteArithmetic,
        loggedFrom: Number.POSITIVE_INFINITY,
      });
    const again = await openTelemetryAt(folder, {}, clock);
    assert.deepEqual(await everything(again), before);
    await again.close();
  });
});
