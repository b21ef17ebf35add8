import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Alert } from "../../api/types.ts";
import { contributionsOf, shownFirst, stretchOf } from "./story-data.ts";

const condition = { metrics: ["vibration"], contributions: { vibration: 0.93, flow: 0.05 } };
const alert = {
  first_seen_at: "2026-01-01T10:00:00.000Z",
  cleared_at: null,
  worst_metric: "vibration",
  conditions: [condition],
  healthy: { flow: { mean: 5, sd: 0.1 } },
} as unknown as Alert;
const course = (f: (i: number) => number) => {
  const values = Array.from({ length: 64 }, (_, i) => f(i));
  return { times: values.map((_, i) => i), values, min: null, max: null };
};

describe("the story of an alarm", () => {
  it("begins ten minutes before it was first seen and ends now while it is active", () => {
    const now = Date.parse("2026-01-01T10:20:00.000Z");
    const { from, to } = stretchOf(alert, now);
    assert.equal(from, Date.parse("2026-01-01T09:50:00.000Z"));
    assert.equal(to, now);
  });

  it("names the largest contribution first", () => {
    assert.deepEqual(
      contributionsOf(alert).map(([metric]) => metric),
      ["vibration", "flow"],
    );
  });

  it("folds the metrics that did not change", () => {
    const series = new Map([
      ["current", course((i) => 10 + (i % 3) * 0.1)],
      ["flow", course((i) => (i < 40 ? 5 : 3))],
      ["vibration", course(() => 1)],
    ]);
    const { moved, steady } = shownFirst(alert, series);
    assert.deepEqual(moved, ["vibration", "flow"]);
    assert.deepEqual(steady, ["current"]);
  });
});
