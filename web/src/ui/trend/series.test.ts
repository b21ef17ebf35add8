import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appendPoint, changeOf, seriesOfAggregates, seriesOfReadings } from "./series.ts";

const at = (second: number): string => new Date(second * 1000).toISOString();

describe("series for a trend", () => {
  it("treats shorthand and open metrics alike and shows a gap as a gap", () => {
    const all = seriesOfReadings(
      [
        { device_id: "P", timestamp: at(1), vibration: 1, metrics: { flow: 5 } },
        { device_id: "P", timestamp: at(2), vibration: 2 },
        { device_id: "P", timestamp: at(60), vibration: 3 },
      ],
      5_000,
    );
    assert.deepEqual(all.get("vibration")?.values, [1, 2, null, 3]);
    assert.deepEqual(all.get("flow")?.times, [1]);
  });

  it("refuses a point that is not newer", () => {
    const series = { times: [5], values: [1], min: null, max: null };
    assert.equal(appendPoint(series, 5, 2, 10), false);
    assert.equal(appendPoint(series, 6, 2, 10), true);
    assert.deepEqual(series.values, [1, 2]);
  });

  it("merges minutes by their counts and keeps the extremes", () => {
    const row = (minute: number, avg: number, count: number) => ({
      device_id: "P",
      metric: "flow",
      minute: at(minute * 60),
      count,
      avg,
      min: avg - 1,
      max: avg + 1,
      last: avg,
      stddev: 0,
    });
    const series = seriesOfAggregates([row(0, 10, 1), row(1, 20, 3)], 120_000).get("flow");
    assert.deepEqual(series?.values, [17.5]);
    assert.deepEqual([series?.min, series?.max], [[9], [21]]);
  });

  it("tells a metric that moved from one that did not", () => {
    const make = (f: (i: number) => number) => {
      const values = Array.from({ length: 80 }, (_, i) => f(i));
      return { times: values.map((_, i) => i), values, min: null, max: null };
    };
    assert.ok(
      changeOf(
        make((i) => (i < 60 ? 1 + (i % 2) * 0.1 : 3)),
        null,
      ) > 4,
    );
    assert.ok(
      changeOf(
        make((i) => 1 + (i % 2) * 0.1),
        null,
      ) < 1,
    );
  });
});
