import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aReading, logged } from "../../../../test/contract/telemetry-store.ts";
import { withTelemetry } from "../../../../test/fixtures/telemetry-on-disk.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { createRandom } from "../../../kernel/random.ts";
import { DAY, MINUTE } from "../../../model/basics.ts";
import { minuteArithmetic } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import { embeddedTelemetryConfig } from "./config.ts";
import { openTelemetryView, type TelemetryView } from "./telemetry-view.ts";

const START = Date.UTC(2026, 1, 28, 12);
const EVER = { from: START - DAY, to: START + DAY, metrics: null, limit: 1_000_000 };
const RECORDS = 3_000;
const devices = ["A", "B", "C"];

function viewOf(folder: string): TelemetryView | null {
  return openTelemetryView({
    dataDir: folder,
    clock: new SimulatedClock(START),
    config: embeddedTelemetryConfig.parse({}),
    aggregate: minuteArithmetic,
  });
}

/** Records of three devices, now and then late by up to an hour or sent twice. */
function records(seed: number) {
  const random = createRandom(seed);
  const readings = Array.from({ length: RECORDS }, (_, i) => {
    const late = random.integer(10) === 0 ? random.integer(3_600) : 0;
    const second = Math.max(0, Math.floor(i / 3) * 2 - late);
    return aReading(second * 1_000, { flow: second % 7 }, { deviceId: devices[i % 3] ?? "A" });
  });
  return logged(readings, 1);
}

const everything = async (source: Pick<TelemetryStore, "readings" | "aggregates">) =>
  Promise.all(
    devices.flatMap((deviceId) => [
      source.readings({ ...EVER, deviceId, order: "asc" }),
      source.aggregates({ ...EVER, deviceId, stepMs: MINUTE }),
    ]),
  );

describe("telemetry view", () => {
  it("shows what the store beside it shows, wherever that has come with sealing", async () => {
    for (const sealedUpTo of [0, 700, 1_501, RECORDS]) {
      await withTelemetry(
        async (store, folder) => {
          const log = records(11);
          for (let i = 0; i < RECORDS; i += 100) {
            await store.write(log.slice(i, i + 100), { "0": i + 101 });
            if (i >= sealedUpTo - 100 && i < sealedUpTo)
              await store.maintain({ rawMs: DAY, aggregateMs: DAY, maxBytes: null }, START);
          }
          const view = viewOf(folder);
          assert.ok(view !== null);
          const from = (await view.position())?.["0"] ?? 1;
          view.add(log.slice(from - 1), { "0": RECORDS + 1 });
          assert.deepEqual(await everything(view), await everything(store));
          await view.close();
        },
        { maxChunkRows: 100 },
      );
    }
  });

  it("writes nothing into the folder", async () => {
    await withTelemetry(async (store, folder) => {
      const log = records(12);
      await store.write(log, { "0": RECORDS + 1 });
      const files = (): unknown =>
        readdirSync(folder)
          .filter((name) => name.endsWith(".db"))
          .map((name) => [name, statSync(join(folder, name)).size]);
      const before = files();
      const view = viewOf(folder);
      view?.add(log, { "0": RECORDS + 1 });
      await view?.close();
      assert.deepEqual(files(), before);
    });
  });

  it("of a folder without a store is none", () => {
    assert.equal(viewOf(temporaryFolder("view")), null);
  });
});
