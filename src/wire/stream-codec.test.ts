import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ControlEvent } from "../model/control.ts";
import type { Reading } from "../model/reading.ts";
import { decodeStreamEvent, encodeControl, encodeReading, encodeTick } from "./stream-codec.ts";

const name = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,50}$/);
const text = fc.string({ unit: "grapheme", maxLength: 80 });
const number = fc.double({ noNaN: true });

const plain = { noNullPrototype: true } as const;

const mapOf = <V>(value: fc.Arbitrary<V>, maxLength = 12): fc.Arbitrary<Map<string, V>> =>
  fc.array(fc.tuple(name, value), { maxLength }).map((entries) => new Map(entries));

const reading: fc.Arbitrary<Reading> = fc.record(
  {
    deviceId: name,
    measuredAt: fc.maxSafeNat(),
    receivedAt: fc.maxSafeNat(),
    values: mapOf(number, 40),
    qualities: fc.option(mapOf(fc.constantFrom("good", "uncertain", "bad"))),
    faults: fc.option(mapOf(fc.record({ code: text, raw: text }, plain))),
    sources: fc.option(mapOf(fc.record({ value: number, unit: text }, plain))),
    seq: fc.option(fc.maxSafeInteger()),
    status: fc.option(text),
    configVersion: fc.nat(),
  },
  plain,
);

describe("the stream codec", () => {
  it("gives back every reading to the bit", () => {
    fc.assert(
      fc.property(reading, (sent) => {
        const value = encodeReading(sent);
        const event = decodeStreamEvent({ topic: "raw_sensor_data", key: sent.deviceId, value });
        assert.deepEqual(event, { kind: "reading", reading: sent });
      }),
      { numRuns: 500 },
    );
  });

  it("grows with a reading of 1,000 metrics with long raw texts", () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `metric_${i}`);
    const sent: Reading = {
      deviceId: "P1",
      measuredAt: 1,
      receivedAt: 2,
      values: new Map(names.map((metric, i) => [metric, i / 3])),
      qualities: null,
      faults: new Map(names.map((metric) => [metric, { code: "X", raw: "x".repeat(300) }])),
      sources: null,
      seq: null,
      status: null,
      configVersion: 3,
    };
    const value = encodeReading(sent);
    const event = decodeStreamEvent({ topic: "raw_sensor_data", key: "P1", value });
    assert.deepEqual(event, { kind: "reading", reading: sent });
  });

  it("stays below 180 bytes for a reading of eight metrics", () => {
    const values = new Map(
      ["temperature", "vibration", "pressure", "current", "flow", "speed", "power", "voltage"].map(
        (metric) => [metric, Math.PI],
      ),
    );
    const common = { qualities: null, faults: null, sources: null, seq: 7, status: null };
    const sent = {
      deviceId: "P1",
      measuredAt: 1,
      receivedAt: 2,
      values,
      configVersion: 3,
      ...common,
    };
    assert.ok(encodeReading(sent).byteLength <= 180);
  });

  it("gives back control events and ticks", () => {
    const control: ControlEvent = {
      version: 4,
      at: 5,
      type: "mode",
      deviceId: "泵",
      mode: "RUNNING",
      source: "person",
    };
    const delivered = { topic: "control", key: "*" };
    assert.deepEqual(decodeStreamEvent({ ...delivered, value: encodeControl(control) }), {
      kind: "control",
      control,
    });
    assert.deepEqual(decodeStreamEvent({ ...delivered, value: encodeTick(9) }), {
      kind: "tick",
      at: 9,
    });
  });
});
