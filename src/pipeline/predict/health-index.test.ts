import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeviceView } from "../../model/detection.ts";
import { bareMetric } from "../../model/device.ts";
import { healthIndex } from "./health-index.ts";

const metrics = {
  vibration: { ...bareMetric("g"), hh: 1 },
  flow: { ...bareMetric("L/min"), ll: 20 },
};

/** A pump that has learned 0.2 g and 30 L/min. */
function aView(
  values: Readonly<Record<string, number>>,
  part: Partial<DeviceView> = {},
): DeviceView {
  return {
    deviceId: "PUMP_01",
    at: 0,
    last: { timestamp: 0, seq: null, values },
    qualities: {},
    sample: { at: 0, state: "normal", score: 0.3, contributions: {} },
    baseline: "active",
    learnedRows: 400,
    learnRows: 400,
    metrics: {
      vibration: { mean: 0.2, sd: 0.01, referenceMean: 0.2 },
      flow: { mean: 30, sd: 0.5, referenceMean: 30 },
    },
    worstMargin: null,
    worstMetric: null,
    ...part,
  };
}

const deviation = { at: 0, state: "deviation", score: 4, contributions: { vibration: 1 } } as const;

describe("health index", () => {
  it("is 100 for a machine at its healthy level, and nothing before the first reading", () => {
    assert.equal(healthIndex(aView({ vibration: 0.2, flow: 30 }), metrics)?.index, 100);
    assert.equal(healthIndex(null, metrics), null);
  });

  it("is 0 at a limit, high or low, also before a baseline is learned", () => {
    assert.equal(healthIndex(aView({ vibration: 1, flow: 30 }), metrics)?.index, 0);
    assert.equal(healthIndex(aView({ vibration: 0.2, flow: 20 }), metrics)?.index, 0);
    assert.equal(healthIndex(aView({ vibration: 1.2 }, { metrics: {} }), metrics)?.index, 0);
    assert.equal(healthIndex(aView({ vibration: 0.9 }, { metrics: {} }), metrics)?.index, 100);
  });

  it("never rises while a metric nears its limit", () => {
    const indices = Array.from({ length: 50 }, (_, i) => {
      return healthIndex(aView({ vibration: 0.2 + i * 0.02, flow: 30 }), metrics)?.index ?? -1;
    });
    assert.deepEqual(
      indices,
      indices.toSorted((a, b) => b - a),
    );
  });

  it("says which metric took how much, and all of it sums to 100", () => {
    const view = aView({ vibration: 0.7, flow: 26 }, { sample: deviation });
    const found = healthIndex(view, metrics);
    assert.deepEqual(
      found?.takes.map(({ metric, because }) => [metric, because]),
      [
        ["vibration", "limit"],
        ["vibration", "deviation"],
        ["flow", "limit"],
      ],
    );
    const taken = found?.takes.reduce((sum, { points }) => sum + points, 0) ?? 0;
    assert.ok(Math.abs(taken + (found?.index ?? 0) - 100) < 0.2);
  });

  it("takes for a deviation even where no limit is known, and less than a limit would", () => {
    const index = healthIndex(aView({ vibration: 0.4 }, { sample: deviation }), {})?.index ?? 100;
    assert.ok(index < 80 && index > 50);
  });

  it("takes nothing for a value that is bad", () => {
    const view = aView({ vibration: 5, flow: 30 }, { qualities: { vibration: "bad" } });
    assert.equal(healthIndex(view, metrics)?.index, 100);
  });
});
