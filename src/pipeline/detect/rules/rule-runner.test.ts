import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aMetric,
  aProfile,
  aRule,
  WatchedDevice,
} from "../../../../test/fixtures/watched-device.ts";
import type { RuleDefinition } from "../../../model/rule.ts";

const metrics = {
  temperature: aMetric({ unit: "°C" }),
  pressure: aMetric({ unit: "MPa" }),
  vibration: aMetric({ unit: "g" }),
};

const under = (text: string, other: Partial<RuleDefinition> = {}): WatchedDevice => {
  const device = new WatchedDevice().settings({ learnRows: 50, startupMaxMs: 10_000 });
  device.control({ type: "device", profile: aProfile(metrics) });
  device.control({ type: "rules", rules: [aRule(text, other)] });
  return device;
};

/** 1 active, 0 not, after each of these values of one metric. */
const trace = (device: WatchedDevice, metric: string, values: readonly number[]): string =>
  values
    .map((value) =>
      device.active(device.reads({ [metric]: value })).includes("composite") ? "1" : "0",
    )
    .join("");

describe("rules of people", () => {
  it("hold `for` a time without a break", () => {
    const device = under("temperature > 80 for 3s");
    assert.equal(trace(device, "temperature", [81, 82, 79, 81, 81, 81, 81, 79]), "00000010");
  });

  it("count N of M samples", () => {
    const device = under("2 of 3 (vibration > 0.4)");
    assert.equal(trace(device, "vibration", [0.5, 0.1, 0.5, 0.1, 0.1, 0.5, 0.5]), "0010001");
  });

  it("fall back by the deadband", () => {
    const device = under("temperature > 80 with deadband 2");
    assert.equal(trace(device, "temperature", [81, 79, 78.5, 77.9, 79, 80.1]), "111001");
  });

  it("convert units once, differences without offset", () => {
    assert.equal(trace(under("temperature > 176 °F"), "temperature", [79.9, 80.1]), "01");
    assert.equal(trace(under("pressure > 2 bar"), "pressure", [0.19, 0.21]), "01");
    assert.equal(trace(under("temperature > 176 °F + 9 °F"), "temperature", [84.9, 85.1]), "01");
    assert.equal(
      trace(under("temperature > 80 with deadband 3.6 °F"), "temperature", [81, 78.1, 77.9]),
      "110",
    );
  });

  it("see rates, averages and extremes of a window", () => {
    const rising = [20, 20.1, 20.2, 20.3, 20.4, 20.5, 20.6];
    assert.equal(trace(under("rate(temperature, 6s) > 5"), "temperature", rising), "0001111");
    assert.equal(
      trace(under("avg(temperature, 3s) > 20"), "temperature", [10, 20, 40, 40, 0, 0, 0]),
      "0011100".slice(0, 7),
    );
    assert.equal(
      trace(
        under("max(temperature, 60s) - min(temperature, 60s) > 5"),
        "temperature",
        [1, 3, 7, 3],
      ),
      "0011",
    );
  });

  it("compare with what was learned", () => {
    const device = under("vibration > 1.5 * baseline(vibration)");
    for (let row = 0; row < 60; row += 1) {
      assert.deepEqual(
        device.active(device.reads({ vibration: 1 + (row % 2) / 100, pressure: 1 })),
        [],
      );
    }
    assert.equal(trace(device, "vibration", [1.4, 1.6]), "01");
  });

  it("neither begin nor end on a bad value, and say that they are unconfirmed", () => {
    const device = under("temperature > 80");
    device.reads({ temperature: 81 });
    const [signal] = device.reads({ temperature: 1 }, { bad: ["temperature"] });
    assert.equal(signal?.active, true);
    assert.equal(signal?.unconfirmed, true);
    assert.equal(device.reads({ temperature: 1 })[0]?.active, false);
    assert.deepEqual(device.reads({ temperature: 99 }, { bad: ["temperature"] }), []);
  });

  it("decide what the known half decides: false and unknown is false", () => {
    const device = under("temperature > 80 and pressure > 1");
    assert.deepEqual(device.active(device.reads({ temperature: 81 })), []);
    assert.deepEqual(device.active(device.reads({ temperature: 81, pressure: 2 })), ["composite"]);
    const [ended] = device.reads({ temperature: 79, pressure: 2 }, { bad: ["pressure"] });
    assert.equal(ended?.active, false);
  });

  it("watch in their modes only, and are blanked at start for a bounded time", () => {
    const device = under("temperature > 80", { modes: ["RUNNING", "STARTING"] });
    device.control({ type: "mode", deviceId: "PUMP_01", mode: "STARTING", source: "plc" });
    assert.deepEqual(device.active(device.reads({ temperature: 99 })), []);
    for (let second = 0; second < 9; second += 1) device.reads({ temperature: 99 });
    const conditions = device.active(device.reads({ temperature: 99 }));
    assert.deepEqual(conditions.toSorted(), ["composite", "start_too_long"]);
    device.control({ type: "mode", deviceId: "PUMP_01", mode: "STOPPED", source: "plc" });
    const ended = device.reads({ temperature: 99 });
    assert.deepEqual(device.active(ended), []);
    assert.equal(ended.length, 2);
  });

  it("tell of missing data on ticks", () => {
    const device = under("age(pressure) > 10s");
    device.reads({ pressure: 1 });
    assert.deepEqual(device.active(device.ticks(device.now + 10_000)), []);
    assert.ok(device.active(device.ticks(device.now + 11_000)).includes("composite"));
  });

  it("keep to the plant's hours", () => {
    // The fixture's day begins at 12:00 UTC: 20:00 in a plant eight hours ahead.
    const day = under("between 06:00 and 20:00 and temperature > 1");
    assert.equal(trace(day, "temperature", [5]), "1");
    const night = new WatchedDevice().settings({ plantOffsetMinutes: 480 });
    night.control({ type: "rules", rules: [aRule("between 20:00 and 06:00 and temperature > 1")] });
    assert.equal(trace(night, "temperature", [5]), "1");
  });

  it("explain why they fired, clause by clause, with values, limits and progress", () => {
    const device = under("temperature > 80 for 1s and pressure < 2 bar");
    for (let second = 0; second < 3; second += 1) device.reads({ temperature: 85, pressure: 0.1 });
    const explanation = device.signals.at(-1)?.explanation;
    assert.equal(explanation?.holds, true);
    const [held, low] = explanation?.children ?? [];
    assert.equal(held?.clause, "temperature > 80 for 1s");
    assert.deepEqual(held?.progress, { have: 2_000, need: 1_000, unit: "ms" });
    assert.equal(held?.children[0]?.value, 85);
    assert.equal(low?.limit, 0.2);
    assert.equal(low?.unit, "MPa");
  });

  it("end with their rule, and begin with its next version", () => {
    const device = under("temperature > 80");
    device.reads({ temperature: 85 });
    const [ended] = device.control({ type: "rules", rules: [] });
    assert.equal(ended?.active, false);
    device.control({ type: "rules", rules: [aRule("temperature > 84", { version: 2 })] });
    assert.equal(device.reads({ temperature: 85 })[0]?.ruleVersion, 2);
  });

  it("cover only the devices of their scope", () => {
    const other = { deviceId: null, deviceType: "fan", lineId: null };
    assert.equal(trace(under("temperature > 80", { scope: other }), "temperature", [85]), "0");
    const line = { deviceId: null, deviceType: "pump", lineId: "L001" };
    assert.equal(trace(under("temperature > 80", { scope: line }), "temperature", [85]), "1");
  });
});
