import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { indexAt, visiblePart } from "./decimate.ts";

const make = (count: number, f: (i: number) => number | null) => ({
  times: Array.from({ length: count }, (_, i) => i),
  values: Array.from({ length: count }, (_, i) => f(i)),
  min: null,
  max: null,
});

describe("the visible part of a trend", () => {
  it("finds the first point of a time", () => {
    assert.deepEqual(
      [-1, 0, 2, 2.5, 9].map((at) => indexAt([0, 1, 2, 3], at)),
      [0, 0, 2, 3, 4],
    );
  });

  it("loses no spike of 50,000 points", () => {
    const series = make(50_000, (i) => (i === 31_337 ? 99 : Math.sin(i)));
    const part = visiblePart(series, 0, 50_000, 800);
    assert.ok(part.times.length <= 800 * 5);
    assert.ok(part.values.includes(99));
    assert.deepEqual(
      part.times,
      [...part.times].sort((a, b) => a - b),
    );
  });

  it("keeps one point beyond each edge, so that the line reaches the border", () => {
    const part = visiblePart(
      make(100, (i) => i),
      10.5,
      20.5,
      800,
    );
    assert.deepEqual([part.times[0], part.times.at(-1)], [10, 21]);
  });

  it("keeps gaps", () => {
    const part = visiblePart(
      make(50_000, (i) => (i > 20_000 && i < 30_000 ? null : 1)),
      0,
      50_000,
      500,
    );
    assert.ok(part.values.includes(null));
  });
});
