import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatedClock } from "../../kernel/clock.ts";
import type { Principal } from "../../model/access.ts";
import type { Reading } from "../../model/reading.ts";
import type { LiveEvent, LiveFilter } from "./live-event.ts";
import { createLiveHub, type LiveSubscription } from "./live-hub.ts";

const start = Date.UTC(2026, 1, 28, 12);
const everything: LiveFilter = { types: null, deviceIds: null, lineId: null, language: "en" };

function viewer(part: Partial<Principal> = {}): Principal {
  return {
    id: "u1",
    name: "Ann",
    role: "viewer",
    kind: "user",
    deviceIds: null,
    factoryId: null,
    lineId: null,
    ...part,
  };
}

function aReading(deviceId: string, value: number, lineId = "L1"): LiveEvent {
  const reading: Reading = {
    deviceId,
    measuredAt: start,
    receivedAt: start,
    values: new Map([["temperature", value]]),
    qualities: null,
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 1,
  };
  return { type: "reading", deviceId, factoryId: "F1", lineId, reading };
}

/** Everything a closed subscription was given. */
async function seen(subscription: LiveSubscription): Promise<number[]> {
  subscription.close();
  const values: number[] = [];
  for await (const message of subscription) {
    values.push((JSON.parse(message.data) as { temperature: number }).temperature);
  }
  return values;
}

describe("live hub", () => {
  it("sends at most one reading a second and device, and the newest always arrives", async () => {
    const clock = new SimulatedClock(start);
    const hub = createLiveHub({ clock });
    const subscription = hub.subscribe(viewer(), everything);
    for (const value of [1, 2, 3]) hub.publish(aReading("P1", value));
    hub.publish(aReading("P2", 9));
    await clock.advance(1_000);
    assert.deepEqual(await seen(subscription), [1, 9, 3]);
  });

  it("shows nobody a device outside their line", async () => {
    const hub = createLiveHub({ clock: new SimulatedClock(start) });
    const subscription = hub.subscribe(viewer({ lineId: "L1" }), everything);
    hub.publish(aReading("P1", 1, "L1"));
    hub.publish(aReading("P2", 2, "L2"));
    assert.deepEqual(await seen(subscription), [1]);
  });

  it("drops for a slow client alone, and counts it", async () => {
    const hub = createLiveHub({ clock: new SimulatedClock(start), queueLimit: 2 });
    const slow = hub.subscribe(viewer(), everything);
    const picky = hub.subscribe(viewer(), { ...everything, deviceIds: new Set(["P3"]) });
    for (const [index, device] of ["P1", "P2", "P3"].entries())
      hub.publish(aReading(device, index));
    assert.equal(slow.dropped(), 1);
    assert.equal(picky.dropped(), 0);
    assert.deepEqual(await seen(slow), [0, 1]);
    assert.deepEqual(await seen(picky), [2]);
    assert.equal(hub.counters().dropped, 1);
  });

  it("refuses one client too many and takes the next when one leaves", () => {
    const hub = createLiveHub({ clock: new SimulatedClock(start), maxClients: 1 });
    const first = hub.subscribe(viewer(), everything);
    assert.throws(() => hub.subscribe(viewer(), everything), { code: "QUEUE_FULL" });
    first.close();
    hub.subscribe(viewer(), everything);
  });
});
