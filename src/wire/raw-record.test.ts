import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compatibilityPartitioner, defaultPartitioner } from "@platformatic/kafka";
import fc from "fast-check";
import type { Reading } from "../model/reading.ts";
import { decodeRawRecord, encodeRawTick, isTickKey, stampOf, tickKeys } from "./raw-record.ts";
import { encodeReading } from "./stream-codec.ts";

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

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

describe("raw records as text", () => {
  it("give back every reading that the bus codec wrote, to the bit, and its stamp", () => {
    fc.assert(
      fc.property(reading, (sent) => {
        const value = textOf(encodeReading(sent));
        assert.deepEqual(decodeRawRecord(sent.deviceId, value), { reading: sent });
        assert.equal(stampOf(value), sent.configVersion);
      }),
      { numRuns: 500 },
    );
  });

  it("give back a tick and its stamp", () => {
    const tick = { at: 1_772_280_000_123, configVersion: 81 };
    const value = textOf(encodeRawTick(tick));
    assert.deepEqual(decodeRawRecord("#tick-0", value), { tick });
    assert.equal(stampOf(value), 81);
  });

  it("are refused when they are cut off or of another format", () => {
    const whole = textOf(
      encodeReading({
        ...{ deviceId: "P1", measuredAt: 1, receivedAt: 2, configVersion: 3, seq: 4 },
        ...{ values: new Map([["flow", 0.1]]), status: "NORMAL" },
        ...{ qualities: null, faults: null, sources: null },
      }),
    );
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => decodeRawRecord("P1", whole.slice(0, length)), `${length} bytes`);
    }
    assert.throws(() => decodeRawRecord("P1", `\u0007${whole.slice(1)}`));
  });
});

describe("tick keys", () => {
  it("reach each partition once, whichever of its partitioners a client uses", () => {
    for (const partitions of [1, 2, 3, 7, 12]) {
      const keys = tickKeys(partitions);
      const numbers = keys.map((_, partition) => partition);
      for (const partitioner of [defaultPartitioner, compatibilityPartitioner]) {
        const reached = keys.map((key) => {
          const message = { topic: "raw_sensor_data", key: Buffer.from(key) };
          return Number(partitioner(message, message.key)) % partitions;
        });
        assert.deepEqual(reached, numbers);
      }
    }
  });

  it("are no device's id", () => {
    assert.ok(tickKeys(12).every(isTickKey));
    assert.ok(!isTickKey("tick-0"));
  });
});
