import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aMetric,
  aProfile,
  healthyPump,
  WatchedDevice,
} from "../../../test/fixtures/watched-device.ts";

type Values = Readonly<Record<string, number>>;

/** A pump whose baseline is learned, and what it measures while it is healthy. */
function learned(
  seed: number,
  only?: readonly string[],
): { device: WatchedDevice; healthy: () => Values } {
  const device = new WatchedDevice().settings({ learnRows: 400 });
  const metrics = { vibration: aMetric({ unit: "g" }), flow: aMetric({ unit: "L/min" }) };
  device.control({ type: "device", profile: aProfile(metrics) });
  const all = healthyPump(seed);
  const healthy = (): Values =>
    Object.fromEntries(Object.entries(all()).filter(([name]) => only?.includes(name) ?? true));
  for (let row = 0; row < 450; row += 1) device.reads(healthy());
  return { device, healthy };
}

/** So many rows in which `metric` differs by a share of its healthy value. */
function shift(
  { device, healthy }: ReturnType<typeof learned>,
  { metric, share, rows }: { metric: string; share: number; rows: number },
): void {
  for (let row = 0; row < rows; row += 1) {
    const values = healthy();
    device.reads({ ...values, [metric]: (values[metric] ?? 0) * (1 + share) });
  }
}

const begun = ({ episodes }: WatchedDevice): number =>
  episodes.filter((e) => e.condition === "deviation" && e.endedAt === null).length;
const deviates = (device: WatchedDevice): boolean => device.samples.at(-1)?.state === "deviation";
const seeds = [1, 2, 3, 4, 5] as const;

describe("a change of level", () => {
  it("is found when it is small and stays, and names its metric", () => {
    for (const seed of seeds) {
      const pump = learned(seed);
      shift(pump, { metric: "flow", share: -0.03, rows: 60 });
      assert.ok(deviates(pump.device), `seed ${seed}`);
      const flow = pump.device.samples.at(-1)?.contributions["flow"] ?? 0;
      assert.ok(flow > 0.5, `seed ${seed}: flow has ${flow}`);
    }
  });

  it("says where the metric is and where its change begins to matter", () => {
    const pump = learned(1);
    shift(pump, { metric: "flow", share: -0.06, rows: 40 });
    const [clause] = pump.device.signals.at(-1)?.explanation?.children ?? [];
    assert.equal(clause?.clause, "flow < healthy - 1 %");
    assert.equal(clause?.holds, true);
    assert.equal(clause?.unit, "L/min");
    assert.ok(Math.abs((clause?.value ?? 0) - 128 * 0.94) < 1);
    assert.ok(Math.abs((clause?.limit ?? 0) - 128 * 0.99) < 0.5);
  });

  it("is no news below one per cent of the level, or six of a vibration", () => {
    for (const seed of seeds) {
      const pump = learned(seed, ["flow", "vibration"]);
      shift(pump, { metric: "flow", share: -0.005, rows: 300 });
      shift(pump, { metric: "vibration", share: 0.01, rows: 300 });
      assert.equal(begun(pump.device), 0, `seed ${seed}`);
    }
  });

  it("never scores beyond 1 while it does not matter", () => {
    const pump = learned(1);
    shift(pump, { metric: "flow", share: -0.006, rows: 200 });
    assert.ok(pump.device.samples.every((sample) => (sample?.score ?? 0) <= 1));
  });
});

describe("the end of a deviation", () => {
  it("comes by itself, once, when the machine is back where it was", () => {
    for (const seed of seeds) {
      const pump = learned(seed);
      shift(pump, { metric: "flow", share: -0.06, rows: 300 });
      assert.ok(deviates(pump.device));
      shift(pump, { metric: "flow", share: 0, rows: 200 });
      assert.ok(!deviates(pump.device), `seed ${seed}`);
      assert.equal(begun(pump.device), 1, `seed ${seed}`);
    }
  });

  it("comes also when the machine is not quite what it was, and then that is its level", () => {
    const pump = learned(1);
    shift(pump, { metric: "flow", share: -0.06, rows: 300 });
    shift(pump, { metric: "flow", share: -0.006, rows: 200 });
    assert.ok(!deviates(pump.device));
    const before = pump.device.step.view(pump.device.state)?.metrics["flow"];
    const healthy = before?.referenceMean ?? 0;
    assert.ok(Math.abs((before?.mean ?? 0) / healthy - 0.994) < 0.002, "the level is found anew");
  });

  it("does not come while the machine swings: that is one deviation", () => {
    const pump = learned(1);
    for (let swing = 0; swing < 40; swing += 1) {
      const share = swing % 2 === 0 ? -0.06 : 0.06;
      shift(pump, { metric: "flow", share, rows: 10 });
    }
    assert.equal(begun(pump.device), 1);
  });

  it("lets what passed quickly by itself become a habit: the same again is not told", () => {
    const pump = learned(1);
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    shift(pump, { metric: "current", share: 0, rows: 500 });
    assert.equal(begun(pump.device), 1);
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    shift(pump, { metric: "current", share: 0, rows: 100 });
    assert.equal(begun(pump.device), 1, "the same size");
    shift(pump, { metric: "current", share: 0.6, rows: 40 });
    assert.equal(begun(pump.device), 2, "three times the size");
  });

  it("does not make a habit of what was cut off because the machine was stopped", () => {
    const pump = learned(1);
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    const mode = (name: "STOPPED" | "RUNNING"): void => {
      pump.device.control({ type: "mode", deviceId: "PUMP_01", mode: name, source: "plc" });
    };
    mode("STOPPED");
    shift(pump, { metric: "current", share: -1, rows: 60 });
    mode("RUNNING");
    shift(pump, { metric: "current", share: 0, rows: 500 });
    const before = begun(pump.device);
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    assert.equal(begun(pump.device), before + 1);
  });

  it("does not make a habit of what broke a limit", () => {
    const pump = learned(1);
    const metrics = { current: aMetric({ unit: "A", h: 2.7 }) };
    pump.device.control({ type: "device", profile: aProfile(metrics) });
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    shift(pump, { metric: "current", share: 0, rows: 500 });
    const before = begun(pump.device);
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    assert.ok(begun(pump.device) > before);
  });

  it("does not make a habit of what lasted", () => {
    const pump = learned(1);
    shift(pump, { metric: "current", share: 0.15, rows: 400 });
    shift(pump, { metric: "current", share: 0, rows: 500 });
    shift(pump, { metric: "current", share: 0.15, rows: 40 });
    assert.equal(begun(pump.device), 2);
  });
});

describe("the learned detectors while they learn", () => {
  const young = (rows: number): { device: WatchedDevice; healthy: () => Values } => {
    const device = new WatchedDevice().settings({ learnRows: 400 });
    const healthy = healthyPump(1);
    for (let row = 0; row < rows; row += 1) device.reads(healthy());
    return { device, healthy };
  };

  it("show in shadow what they would have raised, and the sample says learning", () => {
    const pump = young(150);
    shift(pump, { metric: "flow", share: -0.1, rows: 30 });
    const [signal] = pump.device.signals;
    assert.equal(signal?.condition, "deviation");
    assert.ok(
      pump.device.signals.every(({ shadow, baseline }) => shadow && baseline === "learning"),
    );
    assert.equal(signal?.metrics[0], "flow");
    assert.deepEqual(
      pump.device.episodes.map(({ shadow, endedAt }) => [shadow, endedAt]),
      [[true, null]],
    );
    assert.equal(pump.device.samples.at(-1)?.state, "learning");
  });

  it("go on learning beside it, and are in earnest once the baseline stands", () => {
    const pump = young(150);
    shift(pump, { metric: "flow", share: -0.1, rows: 30 });
    shift(pump, { metric: "flow", share: 0, rows: 220 });
    assert.equal(pump.device.samples.at(-1)?.state, "learning");
    shift(pump, { metric: "flow", share: 0, rows: 20 });
    assert.equal(pump.device.samples.at(-1)?.state, "normal");
    shift(pump, { metric: "vibration", share: 0.5, rows: 30 });
    assert.equal(pump.device.signals.at(-1)?.shadow, false);
  });

  it("take nothing of a window in which the machine became another one and stayed so", () => {
    const pump = young(150);
    shift(pump, { metric: "flow", share: -0.1, rows: 260 });
    assert.equal(pump.device.samples.at(-1)?.state, "learning");
    assert.ok((pump.device.step.view(pump.device.state)?.learnedRows ?? 400) < 50);
    shift(pump, { metric: "flow", share: 0, rows: 420 });
    const flow = pump.device.step.view(pump.device.state)?.metrics["flow"];
    assert.ok(Math.abs((flow?.mean ?? 0) - 128) < 0.5);
  });
});
