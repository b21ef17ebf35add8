import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { effectiveH, scaleOf, zoneOf, zoneOfMargin } from "./scale.ts";

const limits = { ll: null, l: null, h: null, hh: 0.5 };

describe("the scale of a value", () => {
  it("shows value, limit and healthy band, from zero where nothing is below", () => {
    const scale = scaleOf([0.52], limits, { mean: 0.2, sd: 0.01 });
    assert.equal(scale.from, 0);
    assert.ok(scale.to > 0.52);
  });

  it("puts H at 80 % of the margin where none is given", () => {
    assert.equal(effectiveH(limits, { mean: 0, sd: 1 }), 0.4);
    assert.equal(effectiveH(limits, null), null);
    assert.equal(effectiveH({ ...limits, h: 0.3 }, null), 0.3);
  });

  it("tells a value at the limit from one below it", () => {
    assert.equal(zoneOf(0.5, limits), "over");
    assert.equal(zoneOf(0.49, { ...limits, h: 0.45 }), "high");
    assert.equal(zoneOf(0.1, { ...limits, ll: 0.2 }), "over");
    assert.deepEqual([0.5, 0.8, 1].map(zoneOfMargin), ["inside", "high", "over"]);
  });

  it("never gives an empty range", () => {
    const scale = scaleOf([0], { ll: null, l: null, h: null, hh: null }, null);
    assert.ok(scale.to > scale.from);
  });
});
