import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../kernel/random.ts";
import { MINUTE } from "../../model/basics.ts";
import { bareMetric } from "../../model/device.ts";
import { type MetricInput, metricFactOf } from "./metric-fact.ts";

const SEEN = 100 * MINUTE;

/** A steady metric, one value a second until a minute after the fault was seen; `shape` bends it. */
function anInput(shape: (secondsSinceSeen: number) => number, patch: Partial<MetricInput> = {}) {
  const random = createRandom(3);
  const at: number[] = [];
  const values: number[] = [];
  for (let second = -400; second <= 60; second += 1) {
    at.push(SEEN + second * 1000);
    values.push(50 + random.normal() * 0.2 + shape(second));
  }
  const input: MetricInput = {
    metric: "temperature",
    unit: "°C",
    spec: null,
    series: { at, values },
    minutes: [],
    learned: { mean: 50, sd: 0.2 },
    firstSeenAt: SEEN,
    share: 0,
    asserted: null,
    ...patch,
  };
  return input;
}

const ramp = (perSecond: number) => (second: number) => Math.max(0, second) * perSecond;

describe("the fact of a metric", () => {
  it("is steady while it stays inside its healthy noise", () => {
    assert.equal(metricFactOf(anInput(() => 0)).direction, "steady");
  });

  it("does not call a significant change of no practical size a movement", () => {
    assert.equal(metricFactOf(anInput(() => -1)).direction, "steady");
    assert.equal(metricFactOf(anInput(() => -1, { share: 0.6 })).direction, "down");
  });

  it("calls a small change a movement when it uses up the margin", () => {
    const spec = { ...bareMetric("°C"), hh: 55 };
    assert.equal(metricFactOf(anInput(ramp(0.03), { spec })).direction, "up");
  });

  it("tells slope and time to the limit from where it began to move", () => {
    const spec = { ...bareMetric("°C"), hh: 70 };
    const fact = metricFactOf(anInput(ramp(0.1), { spec }));
    assert.ok(Math.abs((fact.slopePerMinute ?? 0) - 6) < 0.2);
    assert.ok(Math.abs((fact.minutesToLimit ?? 0) - 14 / 6) < 0.2);
    assert.ok(Math.abs((fact.changedAt ?? 0) - SEEN) < 12_000);
  });

  it("forecasts no limit that the newest values have reached", () => {
    const spec = { ...bareMetric("°C"), hh: 56 };
    const fact = metricFactOf(anInput(ramp(0.1), { spec }));
    assert.ok((fact.recent ?? 0) < 56 && (fact.slopePerMinute ?? 0) > 0);
    assert.equal(fact.minutesToLimit, null);
  });

  it("compares with the minutes before the fault while there is no baseline", () => {
    const minutes = Array.from({ length: 50 }, (_, index) => ({
      deviceId: "PUMP_01",
      metric: "temperature",
      minuteAt: (40 + index) * MINUTE,
      count: 60,
      avg: 50,
      min: 49,
      max: 51,
      last: 50,
      stddev: 0.2,
    }));
    const fact = metricFactOf(anInput(ramp(0.2), { learned: null, minutes }));
    assert.equal(fact.healthyFrom, "window");
    assert.equal(fact.healthy, 50);
    assert.equal(fact.direction, "up");
  });

  it("knows no healthy level where there is neither baseline nor history, and says so", () => {
    const series = { at: [SEEN], values: [50] };
    const fact = metricFactOf(anInput(() => 0, { learned: null, series }));
    assert.equal(fact.healthy, null);
    assert.equal(fact.direction, "unknown");
  });

  it("calls a channel stuck that moved before and has not since", () => {
    const frozen = anInput(() => 0);
    const values = frozen.series.values.map((value, index) => (index > 350 ? 50.1 : value));
    const fact = metricFactOf({ ...frozen, series: { ...frozen.series, values } });
    assert.equal(fact.stuck, true);
  });

  it("tells erratic noise from a mere rise of the level", () => {
    const random = createRandom(5);
    const shaken = metricFactOf(anInput((second) => (second > 0 ? random.normal() * 2 : 0)));
    assert.equal(shaken.noisy, true);
    assert.equal(metricFactOf(anInput(ramp(0.5))).noisy, false);
  });
});
