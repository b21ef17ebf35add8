import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { DAY, HOUR, MINUTE } from "../../src/model/basics.ts";
import type { AnomalyEpisode } from "../../src/model/detection.ts";
import type { Reading } from "../../src/model/reading.ts";
import { aggregateMinutes } from "../../src/pipeline/aggregate/aggregate-minutes.ts";
import type { LoggedReading, TelemetryStore } from "../../src/ports/telemetry-store.ts";

const START = Date.UTC(2026, 1, 28, 12);
const EVER = { from: 0, to: START + 1000 * DAY, metrics: null, limit: 100_000 } as const;
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };

export interface TelemetryContractOptions {
  /** Promises this backend does not keep: name of the test → why. */
  readonly gaps: Readonly<Record<string, string>>;
  /** Runs in each property; servers take fewer. */
  readonly runs?: number;
}

/** A reading of PUMP_01, `ms` after the beginning. */
export function aReading(
  ms: number,
  values: Record<string, number>,
  more: Partial<Reading> = {},
): Reading {
  return {
    deviceId: "PUMP_01",
    measuredAt: START + ms,
    receivedAt: START + ms + 40,
    values: new Map(Object.entries(values)),
    qualities: null,
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 1,
    ...more,
  };
}

/** The readings as records of partition 0, from offset `first` on. */
export function logged(readings: readonly Reading[], first = 1): LoggedReading[] {
  return readings.map((reading, i) => ({ reading, partition: "0", offset: first + i }));
}

/**
 * What every telemetry store promises. `open` opens the store at a place of its own: a folder for files, a name
 * from which a server backend makes its database. Opening a place again without closing it is a crash.
 */
export function telemetryStoreContract(
  name: string,
  open: (place: string) => Promise<TelemetryStore>,
  options: TelemetryContractOptions,
): void {
  const places: string[] = [];
  const aPlace = (): string => {
    const place = mkdtempSync(join(tmpdir(), "iai-telemetry-"));
    places.push(place);
    return place;
  };
  after(() => {
    for (const place of places) rmSync(place, { recursive: true, force: true });
  });

  const promise = (
    sentence: string,
    prove: (store: TelemetryStore, place: string) => Promise<void>,
  ): void => {
    const gap = options.gaps[sentence];
    it(sentence, { skip: gap ?? false }, async () => {
      const place = aPlace();
      const store = await open(place);
      try {
        await prove(store, place);
      } finally {
        await store.close();
      }
    });
  };
  const write = (store: TelemetryStore, readings: readonly Reading[], first = 1) =>
    store.write(logged(readings, first), { "0": first + readings.length });
  const all = (store: TelemetryStore, more: object = {}) =>
    store.readings({ deviceId: "PUMP_01", ...EVER, order: "asc", ...more });
  const minutes = (store: TelemetryStore, more: object = {}) =>
    store.aggregates({ deviceId: "PUMP_01", ...EVER, stepMs: MINUTE, ...more });

  describe(`telemetry store: ${name}`, () => {
    promise("gives back a reading exactly as it was written", async (store, place) => {
      const readings = [
        aReading(0, {
          flow: 0.1 + 0.2,
          vibration: -0,
          current: 12_345_678_901_234_568,
          pressure: 1 / 3,
        }),
        aReading(1_000, { flow: 5e-324, vibration: -17.25, temperature: 1e12 }),
        aReading(
          2_000,
          { flow: 900, pressure: 0.21 },
          {
            qualities: new Map([
              ["flow", "bad"],
              ["pressure", "uncertain"],
              ["current", "bad"],
            ]),
            faults: new Map([["current", { code: "VALUE_TYPE", raw: '"12,5\u0000轴承"' }]]),
            sources: new Map([["pressure", { value: 2.1, unit: "bar" }]]),
            seq: 812,
            status: "NORMAL",
            configVersion: 77,
          },
        ),
        aReading(-3 * HOUR, { flow: 1 }, { receivedAt: START + DAY, seq: 0, status: "" }),
      ];
      await write(store, readings);
      const sorted = readings.toSorted((a, b) => a.measuredAt - b.measuredAt);
      assert.deepEqual(await all(store), sorted);
      await store.close();
      const again = await open(place);
      assert.deepEqual(await all(again), sorted);
      await again.close();
    });

    promise("counts every item once: accepted, duplicate or rejected", async (store) => {
      const result = await write(store, [
        aReading(0, { flow: 1 }),
        aReading(0, { flow: 1 }),
        aReading(0, { flow: 2 }),
        aReading(0, { vibration: 3 }),
      ]);
      assert.equal(result.accepted, 2);
      assert.equal(result.duplicates, 1);
      assert.deepEqual(
        result.rejected.map(({ index, error }) => [index, error.code]),
        [[2, "DUPLICATE_CONFLICT"]],
      );
      assert.deepEqual(result.kept, []);
    });

    promise(
      "merges another metric of the same instant and keeps the first value on conflict",
      async (store) => {
        await write(store, [
          aReading(0, { flow: 1 }),
          aReading(0, { vibration: 3 }),
          aReading(0, { flow: 2, current: 9 }),
        ]);
        const found = await all(store);
        assert.equal(found.length, 1);
        assert.deepEqual(
          found[0]?.values,
          new Map([
            ["flow", 1],
            ["vibration", 3],
          ]),
        );
      },
    );

    promise(
      "knows duplicates, conflicts and merges of what was stored long before",
      async (store, place) => {
        const first = Array.from({ length: 3_000 }, (_, i) => aReading(i * 1_000, { flow: i }));
        await write(store, first);
        await store.close();
        const again = await open(place);
        const result = await write(
          again,
          [
            aReading(5_000, { flow: 5 }),
            aReading(6_000, { flow: 0.5 }),
            aReading(7_000, { current: 3 }),
          ],
          3_001,
        );
        assert.equal(result.duplicates, 1);
        assert.deepEqual(
          result.rejected.map(({ index }) => index),
          [1],
        );
        assert.equal(result.accepted, 1);
        const at = (ms: number) => all(again, { from: START + ms, to: START + ms + 1 });
        assert.deepEqual((await at(6_000))[0]?.values, new Map([["flow", 6]]));
        assert.deepEqual(
          (await at(7_000))[0]?.values,
          new Map([
            ["flow", 7],
            ["current", 3],
          ]),
        );
        assert.equal((await all(again)).length, 3_000);
        await again.close();
      },
    );

    promise("changes nothing when the same records are offered again", async (store) => {
      const readings = Array.from({ length: 2_000 }, (_, i) =>
        aReading(i * 997, { flow: i, current: i % 7 }),
      );
      await write(store, readings);
      const [before, rows] = [await all(store), await minutes(store)];
      const result = await write(store, readings);
      assert.equal(result.duplicates, 2_000);
      assert.deepEqual(await all(store), before);
      assert.deepEqual(await minutes(store), rows);
    });

    promise("reads in both orders, within [from, to), up to the limit", async (store) => {
      const readings = Array.from({ length: 1_500 }, (_, i) => aReading(i * 1_000, { flow: i }));
      await write(store, readings);
      const range = { from: START + 100_000, to: START + 1_400_000 };
      const times = (found: readonly Reading[]) =>
        found.map((reading) => (reading.measuredAt - START) / 1_000);
      assert.deepEqual(times(await all(store, { ...range, limit: 3 })), [100, 101, 102]);
      assert.deepEqual(
        times(await all(store, { ...range, limit: 3, order: "desc" })),
        [1_399, 1_398, 1_397],
      );
      assert.equal((await all(store, range)).length, 1_300);
      assert.deepEqual(await all(store, { order: "desc" }), (await all(store)).toReversed());
      assert.deepEqual(await all(store, { from: START, to: START }), []);
    });

    promise(
      "gives only the metrics asked for and leaves out readings without them",
      async (store) => {
        await write(store, [aReading(0, { flow: 1, current: 2 }), aReading(1_000, { current: 3 })]);
        const found = await all(store, { metrics: ["flow"] });
        assert.deepEqual(
          found.map((reading) => reading.values),
          [new Map([["flow", 1]])],
        );
        assert.deepEqual(
          (await minutes(store, { metrics: ["flow"] })).map((row) => row.metric),
          ["flow"],
        );
      },
    );

    promise("keeps devices apart", async (store) => {
      await write(store, [
        aReading(0, { flow: 1 }),
        aReading(0, { flow: 2 }, { deviceId: "PUMP_02" }),
      ]);
      assert.equal((await all(store)).length, 1);
      assert.equal((await all(store, { deviceId: "PUMP_02" }))[0]?.values.get("flow"), 2);
      assert.deepEqual(await all(store, { deviceId: "PUMP_03" }), []);
    });

    promise(
      "computes minutes that equal their recomputation, whatever order the readings came in",
      async () => {
        const readings = fc.uniqueArray(
          fc.record({
            s: fc.integer({ min: 0, max: 3_000 }),
            v: fc.integer({ min: -999, max: 999 }),
            bad: fc.boolean(),
          }),
          { selector: ({ s }) => s, minLength: 1, maxLength: 80 },
        );
        const cuts = fc.integer({ min: 1, max: 20 });
        await fc.assert(
          fc.asyncProperty(readings, cuts, async (parts, cut) => {
            const store = await open(aPlace());
            const made = parts.map(({ s, v, bad }) =>
              aReading(
                s * 1_000,
                { flow: v / 10, current: v },
                { qualities: bad ? new Map([["flow", "bad"]]) : null },
              ),
            );
            for (let i = 0; i < made.length; i += cut)
              await write(store, made.slice(i, i + cut), i + 1);
            const sorted = made.toSorted((a, b) => a.measuredAt - b.measuredAt);
            assert.deepEqual(await all(store), sorted);
            assert.deepEqual(await minutes(store), aggregateMinutes(sorted));
            await store.close();
          }),
          { numRuns: options.runs ?? 20 },
        );
      },
    );

    promise("corrects minutes by readings that come late, after maintenance too", async (store) => {
      const readings = Array.from({ length: 1_000 }, (_, i) => aReading(i * 60_000, { flow: i }));
      const [late, early] = [
        readings.filter((_, i) => i % 5 === 0),
        readings.filter((_, i) => i % 5 > 0),
      ];
      await write(store, early);
      await store.maintain(KEEP, START + 2 * DAY);
      await write(store, late, 2_000);
      assert.deepEqual(await minutes(store), aggregateMinutes(readings));
      await store.maintain(KEEP, START + 3 * DAY);
      assert.deepEqual(await minutes(store), aggregateMinutes(readings));
      assert.deepEqual(await all(store), readings);
    });

    promise(
      "joins minutes into wider steps that begin at a multiple of the step",
      async (store) => {
        await write(
          store,
          Array.from({ length: 120 }, (_, i) => aReading(i * MINUTE, { flow: i })),
        );
        const rows = await minutes(store, { stepMs: HOUR });
        assert.deepEqual(
          rows.map(({ minuteAt, count, min, max, last, avg }) => [
            minuteAt - START,
            count,
            min,
            max,
            last,
            avg,
          ]),
          [
            [0, 60, 0, 59, 59, 29.5],
            [HOUR, 60, 60, 119, 119, 89.5],
          ],
        );
        assert.equal((await minutes(store, { limit: 7 })).length, 7);
      },
    );

    promise(
      "lets nothing be missing after a crash when the log is read from its position",
      async (store, place) => {
        const readings = Array.from({ length: 4_000 }, (_, i) =>
          aReading(
            i * 1_000,
            { flow: i, current: i % 9 },
            { deviceId: i % 3 === 0 ? "PUMP_01" : "PUMP_02" },
          ),
        );
        for (let i = 0; i < readings.length; i += 500)
          await write(store, readings.slice(i, i + 500), i + 1);
        // Opened again without closing: what was only in memory is gone.
        const again = await open(place);
        const from = (await again.position())?.["0"] ?? 1;
        assert.ok(from >= 1 && from <= 4_001);
        const replay = logged(readings).filter(({ offset }) => offset >= from);
        for (let i = 0; i < replay.length; i += 333) {
          const batch = replay.slice(i, i + 333);
          const result = await again.write(batch, { "0": (batch.at(-1)?.offset ?? 0) + 1 });
          assert.deepEqual(result.rejected, []);
        }
        for (const deviceId of ["PUMP_01", "PUMP_02"]) {
          const own = readings.filter((reading) => reading.deviceId === deviceId);
          assert.deepEqual(await all(again, { deviceId }), own);
          assert.deepEqual(await minutes(again, { deviceId }), aggregateMinutes(own));
        }
        await again.close();
      },
    );

    promise("stands at the end of the log after closing", async (store, place) => {
      await write(
        store,
        Array.from({ length: 100 }, (_, i) => aReading(i * 1_000, { flow: i })),
      );
      await write(store, [], 101);
      await store.close();
      const again = await open(place);
      assert.deepEqual(await again.position(), { "0": 101 });
      await again.close();
    });

    promise("deletes raw readings by age and keeps their minutes", async (store) => {
      const old = Array.from({ length: 50 }, (_, i) => aReading(i * MINUTE, { flow: i }));
      const young = Array.from({ length: 50 }, (_, i) =>
        aReading(95 * DAY + i * MINUTE, { flow: i }),
      );
      await write(store, [...old, ...young]);
      const rows = await minutes(store);
      const now = START + 95 * DAY + HOUR;
      await store.maintain(KEEP, now);
      const { deletedDays } = await store.maintain(KEEP, now);
      assert.deepEqual(await all(store), young);
      assert.deepEqual(await minutes(store), rows);
      assert.ok(deletedDays <= 1);
      await store.maintain(KEEP, START + 460 * DAY);
      await store.maintain(KEEP, START + 460 * DAY);
      assert.deepEqual(await all(store), []);
    });

    promise("takes minutes made elsewhere if it makes none itself", async (store) => {
      const readings = [aReading(0, { flow: 1 }), aReading(MINUTE, { flow: 2 })];
      const rows = aggregateMinutes(readings);
      if (store.capabilities.aggregatesItself) {
        await assert.rejects(store.writeAggregates(rows), { code: "UNSUPPORTED" });
        return;
      }
      await write(store, readings);
      assert.deepEqual(await minutes(store), []);
      await store.writeAggregates(rows.map((row) => ({ ...row, avg: row.avg / 3 })));
      await store.writeAggregates(rows);
      await store.writeAggregates(rows);
      assert.deepEqual(await minutes(store), rows);
    });

    promise("inserts an episode once and replaces it by its id", async (store) => {
      const episode: AnomalyEpisode = {
        episodeId: "e1",
        deviceId: "PUMP_01",
        detector: "deviation",
        condition: "deviation",
        startedAt: START,
        endedAt: null,
        peakScore: 1.5,
        contributions: { vibration: 0.7, flow: 0.3 },
        shadow: false,
      };
      const ended = { ...episode, endedAt: START + 60_000, peakScore: 2.5 };
      const other = { ...episode, episodeId: "e2", deviceId: "PUMP_02", startedAt: START + HOUR };
      await store.writeEpisodes([episode, other]);
      await store.writeEpisodes([ended]);
      const range = { deviceId: "PUMP_01", from: START, to: START + DAY, limit: 10 };
      assert.deepEqual(await store.episodes(range), [ended]);
      assert.deepEqual(await store.episodes({ ...range, deviceId: null }), [ended, other]);
      assert.deepEqual(await store.episodes({ ...range, from: START + HOUR, deviceId: null }), [
        other,
      ]);
    });
  });
}
