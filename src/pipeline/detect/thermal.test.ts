import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { healthyPump, WatchedDevice } from "../../../test/fixtures/watched-device.ts";

/** A pump whose baseline is learned, and a way to let it warm up. */
function learned(seed = 1): {
  device: WatchedDevice;
  warms: (degrees: number, rows: number) => void;
} {
  const device = new WatchedDevice().settings({ learnRows: 400 });
  const healthy = healthyPump(seed);
  let warmer = 0;
  const warms = (degrees: number, rows: number): void => {
    for (let row = 0; row < rows; row += 1) {
      warmer += degrees / rows;
      const values = healthy();
      device.reads({ ...values, temperature: (values["temperature"] ?? 0) + warmer });
    }
  };
  warms(0, 450);
  return { device, warms };
}

const conditions = ({ episodes }: WatchedDevice): readonly string[] =>
  episodes.filter((e) => e.endedAt === null).map(({ condition }) => condition);

describe("a temperature", () => {
  it("that rises within minutes is told for the next round, by its name", () => {
    const { device, warms } = learned();
    warms(6, 120);
    const signal = device.signals.at(-1);
    assert.equal(signal?.condition, "temperature_rising");
    assert.deepEqual(signal?.metrics, ["temperature"]);
    assert.equal(signal?.severity, "P3");
    assert.equal(device.samples.at(-1)?.state, "deviation");
    assert.deepEqual(device.samples.at(-1)?.contributions, { temperature: 1 });
  });

  it("that falls, or drifts with the day, is not", () => {
    const falling = learned();
    falling.warms(-8, 120);
    const drifting = learned();
    drifting.warms(5, 1_500);
    assert.deepEqual([...conditions(falling.device), ...conditions(drifting.device)], []);
  });

  it("rises no more once it is steady, however warm", () => {
    const { device, warms } = learned();
    warms(6, 120);
    warms(0, 400);
    assert.equal(device.samples.at(-1)?.state, "normal");
    assert.deepEqual(conditions(device), ["temperature_rising"]);
  });

  it("has to rise faster than it did while it was learned", () => {
    const device = new WatchedDevice().settings({ learnRows: 400 });
    const healthy = healthyPump(1);
    // A heater that switches: three degrees up and down every hundred seconds.
    const reads = (row: number, swing: number): void => {
      const values = healthy();
      const warmer = swing * Math.sin((2 * Math.PI * row) / 100);
      device.reads({ ...values, temperature: (values["temperature"] ?? 0) + warmer });
    };
    for (let row = 0; row < 1_500; row += 1) reads(row, 3);
    assert.deepEqual(conditions(device), []);
    for (let row = 1_500; row < 1_700; row += 1) reads(row, 12);
    assert.ok(conditions(device).includes("temperature_rising"));
  });

  it("that cannot be heard has not stopped rising", () => {
    const { device, warms } = learned();
    warms(6, 120);
    for (let row = 0; row < 10; row += 1)
      device.reads({ temperature: 20 }, { bad: ["temperature"] });
    const signal = device.signals.findLast(({ condition }) => condition === "temperature_rising");
    assert.deepEqual([signal?.active, signal?.unconfirmed], [true, true]);
  });

  it("begins anew with a machine that stood", () => {
    const { device, warms } = learned();
    device.control({ type: "mode", deviceId: "PUMP_01", mode: "STOPPED", source: "plc" });
    warms(-40, 300);
    device.control({ type: "mode", deviceId: "PUMP_01", mode: "RUNNING", source: "plc" });
    warms(30, 50);
    warms(1, 300);
    assert.ok(!conditions(device).includes("temperature_rising"));
  });
});
