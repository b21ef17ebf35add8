import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { healthyPump, readingsOf, telemetryHolding } from "../../../../test/fixtures/diagnosis.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { HOUR } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { createFetchTelemetryData } from "./fetch-telemetry-data.ts";

const readings = readingsOf({ metrics: healthyPump });
const last = readings.at(-1);
const until = last?.measuredAt ?? 0;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe("fetching telemetry", () => {
  it("ends with the reading asked for and gives the oldest first", async () => {
    const telemetry = telemetryHolding(readings);
    const fetch = createFetchTelemetryData({ telemetry, clock: new SimulatedClock(0) });
    const window = await fetch({ deviceId: "PUMP_01", until, readingAt: until });
    assert.deepEqual(window.readings, readings);
  });

  it("waits for an archive that is a moment behind, at most half a second", async () => {
    const clock = new SimulatedClock(0);
    const archived: Reading[] = readings.slice(0, -1);
    const fetch = createFetchTelemetryData({ telemetry: telemetryHolding(archived), clock });
    const late = fetch({ deviceId: "PUMP_01", until, readingAt: until });
    await settled();
    if (last !== undefined) archived.push(last);
    await clock.advance(50);
    assert.equal((await late).readings.length, readings.length);

    const never = createFetchTelemetryData({
      telemetry: telemetryHolding(readings.slice(0, -1)),
      clock,
    })({ deviceId: "PUMP_01", until, readingAt: until });
    for (let step = 0; step < 10; step += 1) {
      await settled();
      await clock.advance(50);
    }
    assert.equal((await never).readings.length, readings.length - 1);
  });

  it("does not wait where no reading raised the alarm", async () => {
    const telemetry = telemetryHolding(readings);
    const fetch = createFetchTelemetryData({ telemetry, clock: new SimulatedClock(0) });
    const window = await fetch({ deviceId: "PUMP_01", until: until + HOUR });
    assert.equal(window.to, until + HOUR + 1);
  });

  it("looks further back for a device that seldom speaks", async () => {
    const slow = readings.slice(0, 20).map((reading, index) => ({
      ...reading,
      measuredAt: until - (19 - index) * HOUR,
    }));
    const telemetry = telemetryHolding(slow);
    const fetch = createFetchTelemetryData({ telemetry, clock: new SimulatedClock(0) });
    const window = await fetch({ deviceId: "PUMP_01", until, readingAt: until });
    assert.equal(window.readings.length, 20);
  });
});
