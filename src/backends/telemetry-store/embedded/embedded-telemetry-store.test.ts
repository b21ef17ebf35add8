import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  aReading,
  logged,
  telemetryStoreContract,
} from "../../../../test/contract/telemetry-store.ts";
import { openTelemetryAt, withTelemetry } from "../../../../test/fixtures/telemetry-on-disk.ts";
import { DAY, HOUR, MINUTE } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { aggregateMinutes } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";

/** Nearly everything is sealed early and in many parts. */
const tight = { maxHotValues: 10_000, maxReplayRecords: 1_000, maxChunkRows: 10, sealGraceMs: 0 };

telemetryStoreContract("embedded", (folder) => openTelemetryAt(folder), { gaps: {} });
telemetryStoreContract("embedded, short of memory", (folder) => openTelemetryAt(folder, tight), {
  gaps: {},
  runs: 10,
});

const START = Date.UTC(2026, 1, 28, 12);
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };
const EVER = { from: 0, to: START + 400 * DAY, metrics: null, limit: 1_000_000 };

const seconds = (count: number, deviceId = "PUMP_01"): Reading[] =>
  Array.from({ length: count }, (_, i) =>
    aReading(i * 1_000, { flow: i % 100, current: i / 8 }, { deviceId }),
  );

const write = (store: TelemetryStore, readings: readonly Reading[], first = 1) =>
  store.write(logged(readings, first), { "0": first + readings.length });

const offsetOf = async (store: TelemetryStore): Promise<number> =>
  (await store.position())?.["0"] ?? 0;

const all = (store: TelemetryStore, deviceId = "PUMP_01") =>
  store.readings({ ...EVER, deviceId, order: "asc" });

describe("embedded telemetry store", () => {
  it("never needs more of the log than configured, however long a device is quiet", async () => {
    await withTelemetry(
      async (store) => {
        await write(store, [aReading(0, { flow: 1 }, { deviceId: "QUIET" })]);
        for (let i = 0; i < 30; i += 1) {
          const busy = Array.from({ length: 100 }, (_, k) =>
            aReading(i * 100 + k, { flow: 1 }, { deviceId: "BUSY" }),
          );
          await write(store, busy, 2 + i * 100);
        }
        assert.ok((await offsetOf(store)) >= 2_000);
      },
      { maxReplayRecords: 1_000 },
    );
  });

  it("recognises what was sealed before a crash without touching it again", async () => {
    await withTelemetry(async (first, folder) => {
      const readings = seconds(5_000);
      for (let i = 0; i < readings.length; i += 250)
        await write(first, readings.slice(i, i + 250), i + 1);
      const again = await openTelemetryAt(folder);
      const whole = await again.write(logged(readings), { "0": 5_001 });
      assert.equal(whole.accepted + whole.duplicates, 5_000);
      assert.ok(whole.duplicates > 3_000);
      assert.deepEqual(await all(again), readings);
      await again.close();
    });
  });

  it("answers long ranges from hours that equal those of the minutes", async () => {
    await withTelemetry(async (store) => {
      const readings = Array.from({ length: 4 * 24 * 60 }, (_, i) =>
        aReading(i * MINUTE, { flow: (i * 7) % 50 }),
      );
      await write(store, readings);
      await store.maintain(KEEP, START + 10 * DAY);
      await store.maintain(KEEP, START + 10 * DAY);
      const query = { ...EVER, deviceId: "PUMP_01" };
      assert.deepEqual(
        await store.aggregates({ ...query, stepMs: MINUTE }),
        aggregateMinutes(readings),
      );
      const hours = await store.aggregates({ ...query, stepMs: HOUR });
      assert.equal(hours.length, 96);
      assert.ok(hours.every((row) => row.count === 60));
      const days = await store.aggregates({ ...query, stepMs: DAY });
      assert.equal(
        days.reduce((sum, row) => sum + row.count, 0),
        readings.length,
      );
    });
  });

  it("takes a device that changes its partition and needs neither of them twice", async () => {
    await withTelemetry(async (first, folder) => {
      const readings = seconds(20);
      await first.write(logged(readings.slice(0, 10), 100), { a: 110 });
      const moved = readings
        .slice(5)
        .map((reading, i) => ({ reading, partition: "b", offset: i + 1 }));
      const result = await first.write(moved, { b: 16 });
      assert.equal(result.accepted, 10);
      assert.equal(result.duplicates, 5);
      assert.deepEqual(await all(first), readings);
      const again = await openTelemetryAt(folder);
      await again.write(moved, { b: 16 });
      assert.deepEqual(await all(again), readings);
      await again.close();
    });
  });

  it("refuses for good what no file could give back exactly", async () => {
    await withTelemetry(async (store) => {
      const result = await write(store, [
        aReading(0, { flow: Number.NaN }),
        aReading(1, { flow: Number.POSITIVE_INFINITY }),
        aReading(0.5, { flow: 1 }),
        aReading(-START - 1, { flow: 1 }),
        aReading(2, { flow: 1 }),
      ]);
      assert.deepEqual(
        result.rejected.map(({ index, error }) => [index, error.code]),
        [
          [0, "TELEMETRY_REJECTED"],
          [1, "TELEMETRY_REJECTED"],
          [2, "TELEMETRY_REJECTED"],
          [3, "TELEMETRY_REJECTED"],
        ],
      );
      assert.equal(result.accepted, 1);
    });
  });

  it("puts a damaged day aside and goes on with the others", async () => {
    await withTelemetry(async (first, folder) => {
      await write(first, [...seconds(5), aReading(2 * DAY, { flow: 7 })]);
      await first.close();
      writeFileSync(
        join(folder, "2026-02-28.db"),
        "this is no database, and longer than a header of one ".repeat(4),
      );
      const again = await openTelemetryAt(folder);
      assert.deepEqual(
        (await all(again)).map((reading) => reading.values.get("flow")),
        [7],
      );
      assert.ok(readdirSync(folder).includes("2026-02-28.db.damaged"));
      await again.close();
    });
  });

  it("deletes the oldest days while the folder is too large, never the newest, and keeps the minutes", async () => {
    await withTelemetry(async (store) => {
      const readings = Array.from({ length: 3_000 }, (_, i) => aReading(i * 100_000, { flow: i }));
      for (let i = 0; i < 3_000; i += 500) await write(store, readings.slice(i, i + 500), i + 1);
      const now = START + 5 * DAY;
      await store.maintain(KEEP, now);
      const before = await offsetOf(store);
      const { deletedDays, bytes } = await store.maintain({ ...KEEP, maxBytes: 1 }, now);
      assert.equal(deletedDays, 3);
      assert.ok(bytes > 0);
      const left = await all(store);
      assert.ok(
        left.length > 0 && left.every((reading) => reading.measuredAt >= START + 2.5 * DAY),
      );
      assert.equal(await offsetOf(store), before);
      const rows = await store.aggregates({ ...EVER, deviceId: "PUMP_01", stepMs: MINUTE });
      assert.deepEqual(rows, aggregateMinutes(readings));
    });
  });

  it("joins the parts of late readings into one again", async () => {
    await withTelemetry(async (store) => {
      const readings = seconds(1_200);
      const late = readings.filter((_, i) => i % 10 === 3);
      await write(
        store,
        readings.filter((_, i) => i % 10 !== 3),
      );
      await write(store, [aReading(HOUR, { flow: 0 })], 2_000);
      await write(store, late, 3_000);
      await store.maintain(KEEP, START + 2 * DAY);
      await store.maintain(KEEP, START + 3 * DAY);
      assert.deepEqual((await all(store)).slice(0, -1), readings);
      const again = await write(store, late, 4_000);
      assert.equal(again.duplicates, late.length);
    });
  });
});
