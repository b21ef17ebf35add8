import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import {
  aReading,
  logged,
  telemetryStoreContract,
} from "../../../../test/contract/telemetry-store.ts";
import { anyReadings } from "../../../../test/servers/influxdb/any-reading.ts";
import { influxPlant } from "../../../../test/servers/influxdb/influx-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { DAY, HOUR, MINUTE } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { aggregateMinutes } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";

let server: ServerHandle;
before(async () => {
  server = await startServer("influxdb");
});
after(() => server.stop());
const plant = influxPlant(() => server);

/** Little memory, little requests, and every batch complete when it is answered. */
const tight = { progressEveryMs: 0, maxRecentValues: 1_000, maxRequestPoints: 7 };
const madeElsewhere = "its minutes are made by a stream engine";

telemetryStoreContract("influxdb", (place) => plant.open(place), { gaps: {}, runs: 10 });
telemetryStoreContract("influxdb, short of memory", (place) => plant.open(place, tight), {
  gaps: {},
  runs: 5,
});
telemetryStoreContract(
  "influxdb, beside a stream engine",
  (place) => plant.open(place, { aggregatesItself: false }),
  {
    gaps: {
      "gives only the metrics asked for and leaves out readings without them": madeElsewhere,
      "computes minutes that equal their recomputation, whatever order the readings came in":
        madeElsewhere,
      "corrects minutes by readings that come late, after maintenance too": madeElsewhere,
      "joins minutes into wider steps that begin at a multiple of the step": madeElsewhere,
      "lets nothing be missing after a crash when the log is read from its position": madeElsewhere,
    },
    runs: 1,
  },
);

const START = Date.UTC(2026, 1, 28, 12);
const EVER = { from: 0, to: START + 400 * DAY, metrics: null, limit: 100_000 };
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };

const all = (store: TelemetryStore, deviceId = "PUMP_01") =>
  store.readings({ ...EVER, deviceId, order: "asc" });
const minutes = (store: TelemetryStore, deviceId = "PUMP_01") =>
  store.aggregates({ ...EVER, deviceId, stepMs: MINUTE });
const write = (store: TelemetryStore, readings: readonly Reading[], first = 1) =>
  store.write(logged(readings, first), { "0": first + readings.length });
const seconds = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => aReading((from + i) * 1_000, { flow: from + i }));

/** Turns of the event loop until it is so; the suite's own limit ends a wait in vain. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

let places = 0;
const aPlace = (): string => `own-${++places}`;

describe("influxdb telemetry store", () => {
  it("gives back whatever a reading can say through the real server", async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings("PUMP_01", START), async (readings) => {
        const store = await plant.open(aPlace());
        const result = await write(store, readings);
        assert.equal(result.accepted, readings.length);
        const sorted = readings.toSorted((a, b) => a.measuredAt - b.measuredAt);
        assert.deepEqual(await all(store), sorted);
        await store.close();
      }),
      { numRuns: 25 },
    );
  });

  it("keeps minutes exact when two archives take turns at one partition", async () => {
    const place = aPlace();
    const clock = new SimulatedClock(START);
    const [one, other] = [
      await plant.open(place, {}, { clock }),
      await plant.open(place, {}, { clock }),
    ];
    await write(one, seconds(0, 20), 1);
    await write(one, [], 21);
    await one.maintain(KEEP, START);
    await clock.advance(5_000);
    await write(other, seconds(20, 40), 21);
    await write(other, [], 41);
    await other.maintain(KEEP, START);
    await clock.advance(5_000);
    const late = [aReading(30_000, { flow: 999 }), aReading(30_500, { flow: 0.5 })];
    const result = await write(one, [...seconds(40, 70), ...late], 41);
    assert.deepEqual(
      result.rejected.map(({ index, error }) => [index, error.code]),
      [[30, "DUPLICATE_CONFLICT"]],
    );
    const stored = [...seconds(0, 70), ...late.slice(1)];
    assert.deepEqual(
      await minutes(one),
      aggregateMinutes(stored.toSorted((a, b) => a.measuredAt - b.measuredAt)),
    );
    await one.close();
    await other.close();
  });

  it("lets other processes see minutes when their time has come, without another write", async () => {
    const place = aPlace();
    const clock = new SimulatedClock(START);
    const archive = await plant.open(place, { progressEveryMs: 5_000 }, { clock });
    const console = await plant.open(place);
    await write(archive, seconds(0, 30), 1);
    await write(archive, seconds(30, 90), 31);
    assert.deepEqual(await minutes(console), aggregateMinutes(seconds(0, 30)));
    assert.equal(archive.unwrittenMinutes(), 2);
    await clock.advance(5_000);
    await until(() => archive.unwrittenMinutes() === 0);
    assert.deepEqual(await minutes(console), aggregateMinutes(seconds(0, 90)));
    await archive.close();
    await console.close();
  });

  it("completes minutes that a crash cut off from their readings", async () => {
    const place = aPlace();
    const clock = new SimulatedClock(START);
    const first = await plant.open(place, { progressEveryMs: 60_000 }, { clock });
    await write(first, seconds(0, 10), 1);
    await write(first, seconds(10, 100), 11);
    // Not closed: the last minutes were in memory only, their readings are in the database.
    const again = await plant.open(place);
    const from = (await again.position())?.["0"] ?? 1;
    const result = await write(again, seconds(from - 1, 100), from);
    assert.equal(result.accepted, 0);
    assert.deepEqual(await minutes(again), aggregateMinutes(seconds(0, 100)));
    await again.close();
    await first.close();
  });

  it("does not pass by its position what the caller was told to put aside", async () => {
    const place = aPlace();
    const first = await plant.open(place, { progressEveryMs: 0 });
    await write(first, [aReading(0, { flow: 1 })], 1);
    const result = await write(first, [aReading(0, { flow: 2 })], 2);
    assert.equal(result.rejected.length, 1);
    await first.close();
    const again = await plant.open(place);
    assert.deepEqual(await again.position(), { "0": 2 });
    await again.close();
  });

  it("reads long ranges in pages, in both orders and with metrics that are rare", async () => {
    const store = await plant.open(aPlace());
    const readings = Array.from({ length: 24_000 }, (_, i) =>
      aReading(i * 1_000, i % 1_500 === 0 ? { flow: i, rare: i } : { flow: i }),
    );
    for (let i = 0; i < readings.length; i += 6_000)
      await write(store, readings.slice(i, i + 6_000), i + 1);
    assert.deepEqual(await all(store), readings);
    const newest = { ...EVER, deviceId: "PUMP_01", order: "desc" } as const;
    assert.deepEqual(
      await store.readings({ ...newest, limit: 15_000 }),
      readings.toReversed().slice(0, 15_000),
    );
    const rare = await store.readings({ ...newest, metrics: ["rare"], limit: 3 });
    assert.deepEqual(
      rare.map(({ values }) => values),
      [22_500, 21_000, 19_500].map((i) => new Map([["rare", i]])),
    );
    await store.close();
  });

  it("joins steps over pages of minutes as if there were one page", async () => {
    const store = await plant.open(aPlace());
    const readings = Array.from({ length: 23_000 }, (_, i) =>
      aReading(i * MINUTE, i % 3 === 0 ? { flow: i % 77, current: i } : { flow: i % 77 }),
    );
    await write(store, readings);
    const rows = await minutes(store);
    assert.deepEqual(rows, aggregateMinutes(readings));
    const hours = await store.aggregates({ ...EVER, deviceId: "PUMP_01", stepMs: HOUR });
    const perHour = Map.groupBy(
      rows,
      ({ metric, minuteAt }) => `${metric} ${minuteAt - (minuteAt % HOUR)}`,
    );
    assert.equal(hours.length, perHour.size);
    for (const { metric, minuteAt, count, max } of hours) {
      const fine = perHour.get(`${metric} ${minuteAt}`) ?? [];
      assert.equal(
        count,
        fine.reduce((sum, row) => sum + row.count, 0),
      );
      assert.equal(max, Math.max(...fine.map((row) => row.max)));
    }
    await store.close();
  });

  it("gives episodes that began together in one order, whatever is asked of them", async () => {
    const store = await plant.open(aPlace());
    const episodes = Array.from({ length: 30 }, (_, i) => ({
      episodeId: `e${String(i).padStart(2, "0")}`,
      deviceId: `PUMP_${(i * 7) % 30}`,
      detector: "rule" as const,
      condition: i % 2 === 0 ? "composite" : "a, strange=name 轴承\\",
      startedAt: START + Math.floor(i / 10) * 1_000,
      endedAt: i % 3 === 0 ? null : START + HOUR,
      peakScore: i / 3,
      contributions: { flow: 1 },
      shadow: i % 5 === 0,
    }));
    await store.writeEpisodes(episodes.toReversed());
    const range = { deviceId: null, from: START, to: START + DAY };
    for (const limit of [1, 7, 10, 25, 100])
      assert.deepEqual(await store.episodes({ ...range, limit }), episodes.slice(0, limit));
    assert.deepEqual(
      await store.episodes({ ...range, from: START + 2 * HOUR, limit: 100 }),
      episodes.filter(({ endedAt }) => endedAt === null),
    );
    await store.close();
  });
});
