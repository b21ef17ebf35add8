import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { MetricName } from "../../model/basics.ts";
import type { Quality, Reading } from "../../model/reading.ts";
import { aggregateMinutes, aggregateSamples, combineSeries } from "./aggregate-minutes.ts";
import { statisticsOf, windowStatistics } from "./window-statistics.ts";

const START = Date.UTC(2026, 1, 28, 12);

function reading(
  at: number,
  values: Record<MetricName, number>,
  qualities: Record<MetricName, Quality> | null = null,
): Reading {
  return {
    deviceId: "PUMP_01",
    measuredAt: START + at,
    receivedAt: START + at,
    values: new Map(Object.entries(values)),
    qualities: qualities === null ? null : new Map(Object.entries(qualities)),
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 1,
  };
}

describe("aggregateMinutes", () => {
  it("gives count, mean, extremes, last and population deviation of each minute", () => {
    const rows = aggregateMinutes([
      reading(0, { flow: 1 }),
      reading(59_999, { flow: 3 }),
      reading(60_000, { flow: 7 }),
    ]);
    const row = { deviceId: "PUMP_01", metric: "flow" };
    assert.deepEqual(rows, [
      { ...row, minuteAt: START, count: 2, avg: 2, min: 1, max: 3, last: 3, stddev: 1 },
      { ...row, minuteAt: START + 60_000, count: 1, avg: 7, min: 7, max: 7, last: 7, stddev: 0 },
    ]);
  });

  it("counts uncertain values and never bad ones", () => {
    const rows = aggregateMinutes([
      reading(0, { flow: 1 }, { flow: "uncertain" }),
      reading(1_000, { flow: 900 }, { flow: "bad" }),
    ]);
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.count, 1);
    assert.equal(rows[0]?.max, 1);
  });

  it("keeps the mean between the extremes and a constant free of spread", () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (list) => {
        const at = list.map((_, i) => START + i * 1_000);
        const series = aggregateSamples(at, list);
        const [min, avg, max] = [series.min[0] ?? 0, series.avg[0] ?? 0, series.max[0] ?? 0];
        assert.ok(min <= avg && avg <= max);
        if (min === max) assert.equal(series.stddev[0], 0);
      }),
    );
    assert.equal(aggregateSamples([0, 1, 2], [0.1, 0.1, 0.1]).avg[0], 0.1);
  });
});

describe("combineSeries", () => {
  it("gives a minute that stands alone to the bit", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (list) => {
        const minutes = aggregateSamples(
          list.map((_, i) => START + i * 7_000),
          list,
        );
        assert.deepEqual(combineSeries(minutes, 60_000), minutes);
      }),
    );
  });

  it("agrees with statistics over the raw values, whatever the step", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), {
      minLength: 2,
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.constantFrom(60_000, 300_000, 3_600_000), (list, stepMs) => {
        const at = list.map((_, i) => START + i * 10_000);
        const coarse = combineSeries(aggregateSamples(at, list), stepMs);
        let seen = 0;
        Array.from(coarse.minuteAt).forEach((stepAt, i) => {
          const inside = list.filter(
            (_, k) => (at[k] ?? 0) >= stepAt && (at[k] ?? 0) < stepAt + stepMs,
          );
          const whole = statisticsOf(
            inside.map((_, k) => k),
            inside,
          );
          assert.equal(stepAt % stepMs, 0);
          assert.equal(coarse.count[i], whole.count);
          assert.equal(coarse.min[i], whole.min);
          assert.equal(coarse.max[i], whole.max);
          assert.equal(coarse.last[i], whole.last);
          assert.ok(Math.abs((coarse.avg[i] ?? 0) - whole.mean) < 1e-9);
          assert.ok(Math.abs((coarse.stddev[i] ?? 0) - whole.std) < 1e-9);
          seen += inside.length;
        });
        assert.equal(seen, list.length);
      }),
    );
  });
});

describe("windowStatistics", () => {
  it("finds the slope of a straight line in units per hour", () => {
    const rows = Array.from({ length: 61 }, (_, i) =>
      reading(i * 60_000, { temperature: 50 + i / 30 }),
    );
    const statistics = windowStatistics(rows).get("temperature");
    assert.ok(statistics !== undefined);
    assert.ok(Math.abs(statistics.slopePerHour - 2) < 1e-9);
    assert.equal(statistics.count, 61);
    assert.equal(statistics.lastAt, START + 3_600_000);
  });

  it("has no slope for a single instant and no entry for a metric without a usable value", () => {
    const rows = [reading(0, { flow: 3, current: 9 }, { current: "bad" })];
    assert.equal(windowStatistics(rows).get("flow")?.slopePerHour, 0);
    assert.equal(windowStatistics(rows).has("current"), false);
  });
});
