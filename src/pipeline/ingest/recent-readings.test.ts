import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Reading } from "../../model/reading.ts";
import { Flight } from "./flight.ts";
import { RecentReadings } from "./recent-readings.ts";

function aReading(measuredAt: number, values: Record<string, number>): Reading {
  return {
    deviceId: "P1",
    measuredAt,
    receivedAt: 0,
    values: new Map(Object.entries(values)),
    qualities: null,
    faults: null,
    sources: null,
    seq: null,
    status: null,
    configVersion: 0,
  };
}

describe("the memory of recent readings", () => {
  it("agrees with a memory that forgets nothing, on the newest 32 times of a device", () => {
    const metric = fc.constantFrom("a", "b", "c");
    const step = fc.tuple(fc.nat(31), metric, fc.nat(2), fc.constantFrom("yes", "no"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const recent = new RecentReadings();
        const stored = new Map<string, number>();
        for (const [at, name, value, answer] of steps) {
          const reading = aReading(at, { [name]: value });
          const held = stored.get(`${at} ${name}`);
          const verdict = recent.judge(reading).kind;
          const expected = held === undefined ? "new" : held === value ? "duplicate" : "conflict";
          assert.equal(verdict, expected);
          if (verdict !== "new") continue;
          const flight = new Flight();
          recent.take(reading, flight);
          assert.equal(recent.judge(reading).kind, "wait");
          if (answer === "yes") {
            recent.landed(flight);
            stored.set(`${at} ${name}`, value);
          } else recent.lost(flight);
        }
      }),
    );
  });

  it("finds exact repeats of 4,000 older readings, and takes none for another", () => {
    const recent = new RecentReadings();
    const at = (i: number): Reading => aReading(i * 1_000, { a: i % 7, b: -i, c: i / 3 });
    for (let i = 0; i < 4_000; i += 1) recent.take(at(i), null);
    for (let i = 0; i < 4_000; i += 1) assert.equal(recent.judge(at(i)).kind, "duplicate");
    for (let i = 0; i < 3_900; i += 1) {
      assert.equal(
        recent.judge(aReading(i * 1_000, { a: i % 7, b: -i, c: i / 3 + 1 })).kind,
        "new",
      );
      assert.equal(recent.judge(aReading(i * 1_000 + 1, { a: 1 })).kind, "new");
    }
  });

  it("waits for older readings that are on their way, and forgets those that were refused", () => {
    const recent = new RecentReadings();
    for (let i = 0; i < 40; i += 1) recent.take(aReading(1_000 + i, { a: i }), null);
    const old = aReading(5, { a: 1 });
    const flight = new Flight();
    recent.take(old, flight);
    assert.equal(recent.judge(old).kind, "wait");
    recent.lost(flight);
    assert.equal(recent.judge(old).kind, "new");
    const second = new Flight();
    recent.take(old, second);
    recent.landed(second);
    assert.equal(recent.judge(old).kind, "duplicate");
  });

  it("takes back a whole burst that pushed older readings out", () => {
    const recent = new RecentReadings();
    const flight = new Flight();
    const burst = Array.from({ length: 100 }, (_, i) => aReading(i, { a: i }));
    for (const reading of burst) recent.take(reading, flight);
    recent.lost(flight);
    for (const reading of burst) assert.equal(recent.judge(reading).kind, "new");
  });
});
