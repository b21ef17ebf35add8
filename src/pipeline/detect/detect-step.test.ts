import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aMetric,
  aProfile,
  aReading,
  healthyPump,
  startAt,
  WatchedDevice,
} from "../../../test/fixtures/watched-device.ts";

const pump = (): WatchedDevice => new WatchedDevice().settings({ learnRows: 200 });
const withLimit = (): WatchedDevice => {
  const device = pump();
  device.control({ type: "device", profile: aProfile({ vibration: aMetric({ hh: 0.5 }) }) });
  return device;
};
const learned = (seed = 1): { device: WatchedDevice; healthy: () => Record<string, number> } => {
  const device = withLimit();
  const healthy = healthyPump(seed);
  for (let row = 0; row < 300; row += 1) device.reads(healthy());
  return { device, healthy };
};

describe("rated limits", () => {
  it("raise one condition whose margin grows, say it with each reading, and end it once", () => {
    const device = withLimit();
    assert.deepEqual(device.reads({ vibration: 0.3 }), []);
    const [raised] = device.reads({ vibration: 0.52 });
    assert.equal(raised?.condition, "high_vibration");
    assert.equal(raised?.severity, "P0");
    assert.equal(raised?.reading?.values["vibration"], 0.52);
    assert.deepEqual(device.active(device.reads({ vibration: 0.55 })), ["high_vibration"]);
    const [ended] = device.reads({ vibration: 0.3 });
    assert.equal(ended?.active, false);
    assert.deepEqual(device.reads({ vibration: 0.3 }), []);
    assert.deepEqual(
      device.episodes.map(({ endedAt }) => endedAt !== null),
      [false, true],
    );
  });

  it("count only m ≥ 1 before a baseline exists, and 0.8 of the margin after", () => {
    const young = withLimit();
    assert.deepEqual(young.reads({ vibration: 0.47 }), []);
    const { device } = learned();
    const signal = device.reads({ vibration: 0.47 }).find((s) => s.condition === "high_vibration");
    assert.equal(signal?.severity, "P1");
    assert.ok(signal?.margin !== null && signal?.margin !== undefined);
    assert.ok(signal.margin > 0.8 && signal.margin < 1);
  });

  it("wait for their on-delay and off-delay in event time", () => {
    const device = withLimit().settings({ learnRows: 200, onDelayMs: 3_000, offDelayMs: 2_000 });
    for (let second = 0; second < 3; second += 1)
      assert.deepEqual(device.reads({ vibration: 1 }), []);
    assert.deepEqual(device.active(device.reads({ vibration: 1 })), ["high_vibration"]);
    assert.deepEqual(device.active(device.reads({ vibration: 0.1 })), ["high_vibration"]);
    device.reads({ vibration: 0.1 });
    const [ended] = device.reads({ vibration: 0.1 });
    assert.equal(ended?.active, false);
  });

  it("are neither raised nor cleared by a bad value: the condition holds unconfirmed", () => {
    const device = withLimit();
    assert.deepEqual(device.reads({ vibration: 9 }, { bad: ["vibration"] }), []);
    device.reads({ vibration: 0.6 });
    const [held] = device.reads({ vibration: 0.1 }, { bad: ["vibration"] });
    assert.equal(held?.active, true);
    assert.equal(held?.unconfirmed, true);
    const [again] = device.reads({ vibration: 0.6 });
    assert.equal(again?.unconfirmed, false);
  });

  it("hold a missing metric for three periods and are unconfirmed after", () => {
    const device = withLimit();
    device.reads({ vibration: 0.6, flow: 1 });
    for (let second = 0; second < 3; second += 1) {
      assert.equal(device.reads({ flow: 1 })[0]?.unconfirmed, false);
    }
    assert.equal(device.reads({ flow: 1 })[0]?.unconfirmed, true);
  });

  it("end when the limit is taken away", () => {
    const device = withLimit();
    device.reads({ vibration: 0.6 });
    device.control({ type: "device", profile: aProfile({ vibration: aMetric() }) });
    assert.equal(device.reads({ vibration: 0.6 })[0]?.active, false);
  });
});

describe("order", () => {
  it("never detects a reading older than the newest of its device", () => {
    const device = withLimit();
    device.reads({ vibration: 0.3 });
    const late = aReading({ vibration: 9 }, { measuredAt: device.now - 500 });
    assert.deepEqual(device.send({ kind: "reading", reading: late }), []);
    assert.equal(device.samples.at(-1), null);
  });

  it("continues a reading of the same time", () => {
    const device = withLimit();
    device.reads({ flow: 1 });
    const same = aReading({ vibration: 9 }, { measuredAt: device.now });
    assert.deepEqual(device.active(device.send({ kind: "reading", reading: same })), [
      "high_vibration",
    ]);
  });

  it("holds what was accepted under a configuration that has not come yet", () => {
    const device = new WatchedDevice({ holdsUnknownVersions: true });
    device.reads({ vibration: 9 }, { configVersion: 1 });
    assert.equal(device.samples.at(-1), null);
    const signals = device.control({
      type: "device",
      profile: aProfile({ vibration: aMetric({ hh: 0.5 }) }),
    });
    assert.deepEqual(device.active(signals), ["high_vibration"]);
  });

  it("takes a control event once", () => {
    const device = withLimit();
    const profile = aProfile({ vibration: aMetric({ hh: 99 }) });
    device.send({ kind: "control", control: { type: "device", profile, version: 1, at: 0 } });
    assert.deepEqual(device.active(device.reads({ vibration: 0.6 })), ["high_vibration"]);
  });
});

describe("the learned deviation", () => {
  it("learns, is quiet, then names the metric that moves", () => {
    const { device, healthy } = learned();
    const states = device.samples.map((sample) => sample?.state);
    assert.equal(states[199], "learning");
    assert.equal(states[200], "normal");
    assert.ok(states.slice(200).every((state) => state === "normal"));
    let delay = 0;
    for (; delay < 10 && device.samples.at(-1)?.state !== "deviation"; delay += 1) {
      device.reads({ ...healthy(), vibration: 0.32 });
    }
    assert.ok(delay <= 5, `deviation after ${delay} s`);
    const sample = device.samples.at(-1);
    assert.ok((sample?.contributions["vibration"] ?? 0) > 0.8);
    const sum = Object.values(sample?.contributions ?? {}).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9);
    assert.equal(device.signals.at(-1)?.metrics[0], "vibration");
  });

  it("freezes the baseline while it lasts and releases by itself", () => {
    const { device, healthy } = learned();
    for (let row = 0; row < 600; row += 1) {
      const { flow = 0, ...rest } = healthy();
      device.reads({ ...rest, flow: flow - 8 });
    }
    assert.equal(device.samples.at(-1)?.state, "deviation");
    const view = device.step.view(device.state);
    assert.ok(Math.abs((view?.metrics["flow"]?.mean ?? 0) - 128) < 1);
    for (let row = 0; row < 60; row += 1) device.reads(healthy());
    assert.equal(device.samples.at(-1)?.state, "normal");
    const own = device.episodes.filter(({ detector }) => detector === "deviation");
    assert.deepEqual(
      own.map(({ endedAt }) => endedAt !== null),
      [false, true],
    );
  });

  it("holds unconfirmed while the channel that it is about cannot be heard", () => {
    const { device, healthy } = learned();
    // The flow stops: exactly nothing, for ever. The sensor may be dead, the pump may be; neither is over.
    for (let row = 0; row < 120; row += 1) device.reads({ ...healthy(), flow: 0 });
    const deviation = device.signals.findLast(({ condition }) => condition === "deviation");
    assert.equal(deviation?.active, true);
    assert.equal(deviation?.unconfirmed, true);
    assert.equal(device.samples.at(-1)?.state, "deviation");
  });

  it("leaves temperatures out: a warm-up is no deviation", () => {
    const { device, healthy } = learned();
    for (let row = 0; row < 3_000; row += 1)
      device.reads({ ...healthy(), temperature: 88 + row / 400 });
    assert.ok(device.samples.every((sample) => sample?.state !== "deviation"));
  });

  it("does not learn a fault that comes slowly without saying so", () => {
    const { device, healthy } = learned();
    for (let row = 0; row < 4_000; row += 1) {
      const { flow = 0, ...rest } = healthy();
      device.reads({ ...rest, flow: flow - row / 400 });
    }
    const told = device.signals.some(
      ({ condition }) => condition === "baseline_drift" || condition === "deviation",
    );
    assert.ok(told);
  });

  it("teaches nothing while a limit is exceeded", () => {
    const device = withLimit();
    const healthy = healthyPump(2);
    for (let row = 0; row < 300; row += 1) device.reads({ ...healthy(), vibration: 0.9 });
    assert.equal(device.step.view(device.state)?.learnedRows, 0);
  });

  it("learns again on request, and accepts a baseline only after the settled time", () => {
    const { device, healthy } = learned();
    device.control({ type: "accept_baseline", deviceId: "PUMP_01", actor: "li" });
    assert.equal(device.step.view(device.state)?.baseline, "provisional");
    device.settings({ learnRows: 200, acceptAfterMs: 60_000 });
    device.control({ type: "accept_baseline", deviceId: "PUMP_01", actor: "li" });
    assert.equal(device.step.view(device.state)?.baseline, "active");
    device.control({ type: "rebaseline", deviceId: "PUMP_01", actor: "li" });
    device.reads(healthy());
    assert.equal(device.samples.at(-1)?.state, "learning");
    // The healthy level of the limits stays until the new one is learned.
    assert.ok(
      device.active(device.reads({ ...healthy(), vibration: 0.49 })).includes("high_vibration"),
    );
  });

  it("works on with a channel that is silent or bad", () => {
    const { device, healthy } = learned();
    for (let row = 0; row < 20; row += 1) {
      const { flow: _, ...rest } = healthy();
      device.reads({ ...rest, current: 99 }, { bad: ["current"] });
    }
    assert.equal(device.samples.at(-1)?.state, "normal");
    for (let row = 0; row < 10; row += 1) {
      const { flow: _, ...rest } = healthy();
      device.reads({ ...rest, vibration: 0.35 });
    }
    assert.equal(device.samples.at(-1)?.state, "deviation");
  });
});

describe("sensors and silence", () => {
  it("calls a channel stuck that stands while the others move, and nothing about the machine", () => {
    const { device, healthy } = learned();
    let signals = device.reads({ ...healthy(), flow: 128 });
    for (let row = 0; row < 60; row += 1) signals = device.reads({ ...healthy(), flow: 128 });
    const stuck = signals.find(({ condition }) => condition === "sensor_stuck");
    assert.deepEqual(stuck?.metrics, ["flow"]);
    assert.equal(stuck?.detector, "quality");
    assert.equal(device.samples.at(-1)?.state, "normal");
    assert.deepEqual(device.active(device.reads(healthy())), []);
  });

  it("tells of a sensor outside its range after three bad values", () => {
    const device = pump();
    device.control({ type: "device", profile: aProfile({ flow: aMetric({ min: 0, max: 200 }) }) });
    device.reads({ flow: 999 });
    device.reads({ flow: 999 });
    assert.deepEqual(device.active(device.reads({ flow: 999 })), ["sensor_range"]);
  });

  it("tells silence by ticks, in receive time, once, and ends it with the next reading", () => {
    const device = withLimit();
    device.reads({ vibration: 0.6 });
    const dueAt = device.step.dueAt(device.state);
    assert.equal(dueAt, device.now + 30_000);
    assert.deepEqual(device.ticks(device.now + 29_000), []);
    const signals = device.ticks(device.now + 30_000);
    const silence = signals.find(({ condition }) => condition === "no_data");
    assert.equal(silence?.severity, "P1");
    assert.equal(silence?.reading, null);
    assert.equal(signals.find((s) => s.condition === "high_vibration")?.unconfirmed, true);
    assert.deepEqual(device.ticks(device.now + 60_000), []);
    device.now += 90_000;
    const back = device.reads({ vibration: 0.6 });
    assert.equal(back.find(({ condition }) => condition === "no_data")?.active, false);
  });

  it("expects nothing from a device whose period nobody knows", () => {
    const device = new WatchedDevice();
    device.reads({ flow: 1 });
    assert.equal(device.step.dueAt(device.state), null);
    assert.deepEqual(device.ticks(startAt + 1e9), []);
  });
});

describe("what others say", () => {
  it("is a signal among others", () => {
    const device = pump();
    assert.deepEqual(device.active(device.reads({ flow: 1 }, { status: "ANOMALY" })), [
      "device_status",
    ]);
    assert.equal(device.reads({ flow: 1 }, { status: "NORMAL" })[0]?.active, false);
    const external = {
      type: "external_anomaly",
      deviceId: "PUMP_01",
      source: "vision",
      condition: "smoke",
      score: 0.9,
      text: "",
    } as const;
    device.control({ ...external, active: true, observedAt: device.now });
    assert.deepEqual(device.active(device.reads({ flow: 1 })), ["smoke"]);
    assert.equal(
      device.control({ ...external, active: false, observedAt: device.now })[0]?.active,
      false,
    );
    assert.deepEqual(device.reads({ flow: 1 }), []);
  });
});
