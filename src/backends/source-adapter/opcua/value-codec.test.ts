import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BinaryStream } from "node-opcua-binary-stream";
import { DataValue } from "node-opcua-client";
import { takeValue } from "./value-codec.ts";

/** DataValue with a value alone (mask 01), then a variant: OPC 10000-6, sections 5.2.2.16 and 5.2.2.17. */
const numbers: readonly (readonly [string, string, number])[] = [
  ["Boolean true", "01 01 01", 1],
  ["Boolean false", "01 01 00", 0],
  ["SByte", "01 02 80", -128],
  ["Byte", "01 03 ff", 255],
  ["Int16", "01 04 00 80", -32_768],
  ["UInt16", "01 05 ff ff", 65_535],
  ["Int32", "01 06 ff ff ff ff", -1],
  ["UInt32", "01 07 ff ff ff ff", 4_294_967_295],
  ["Int64", "01 08 fe ff ff ff ff ff ff ff", -2],
  ["Int64 beyond 32 bits", "01 08 00 00 00 00 01 00 00 00", 4_294_967_296],
  ["UInt64", "01 09 ff ff ff ff ff ff 1f 00", 9_007_199_254_740_991],
  ["Float", "01 0a 00 00 35 42", 45.25],
  ["Double", "01 0b 00 00 00 00 00 a0 46 40", 45.25],
];

/** What no number can be made of, and the code that says why. */
const others: readonly (readonly [string, string, string])[] = [
  ["Float NaN", "01 0a 00 00 c0 7f", "VALUE_NOT_FINITE"],
  ["Double infinite", "01 0b 00 00 00 00 00 00 f0 7f", "VALUE_NOT_FINITE"],
  ["String", "01 0c 04 00 00 00 31 32 2c 35", "VALUE_TYPE"],
  ["DateTime", "01 0d 00 00 00 00 00 00 00 00", "VALUE_TYPE"],
  ["array of Double", "01 8b 01 00 00 00 00 00 00 00 00 a0 46 40", "VALUE_TYPE"],
  ["nothing", "00", "NO_VALUES"],
  ["null", "01 00", "NO_VALUES"],
];

/** Value 1.0 (Double) and a status (mask 03). */
const statuses: readonly (readonly [string, string, string, string | null])[] = [
  ["Good", "00 00 00 00", "good", null],
  ["GoodLocalOverride", "00 00 96 00", "good", null],
  ["UncertainLastUsableValue", "00 00 90 40", "uncertain", "UncertainLastUsableValue"],
  ["UncertainSensorNotAccurate", "00 00 93 40", "uncertain", "UncertainSensorNotAccurate"],
  ["BadSensorFailure", "00 00 8c 80", "bad", "BadSensorFailure"],
  ["BadNoCommunication", "00 00 31 80", "bad", "BadNoCommunication"],
];

function take(hex: string) {
  const sent = new DataValue();
  sent.decode(new BinaryStream(Buffer.from(hex.replaceAll(" ", ""), "hex")));
  return takeValue(sent);
}

describe("a value of OPC-UA", () => {
  for (const [name, hex, expected] of numbers) {
    it(`is the number that ${name} says on the wire`, () => {
      assert.equal(take(hex).value, expected);
    });
  }

  for (const [name, hex, code] of others) {
    it(`is no number when it is ${name}`, () => {
      const { value } = take(hex);
      assert.ok(typeof value !== "number");
      assert.equal(value.code, code);
    });
  }

  for (const [name, hex, quality, status] of statuses) {
    it(`is ${quality} with the status ${name}`, () => {
      const taken = take(`03 0b 00 00 00 00 00 00 f0 3f ${hex}`);
      assert.deepEqual([taken.value, taken.quality, taken.status], [1, quality, status]);
    });
  }

  it("has the times of the source and of the server, and none where the calendar only begins", () => {
    // 2026-02-28T12:00:00Z in steps of 100 ns since 1601, and 1601 itself.
    const at = "00 00 76 c8 a8 a8 dc 01";
    const taken = take(`0d 0b 00 00 00 00 00 00 f0 3f ${at} 00 00 00 00 00 00 00 00`);
    assert.deepEqual([taken.sourceAt, taken.serverAt], [wireTime(at), null]);
  });

  it("tells that values before it were dropped because a queue was full", () => {
    assert.equal(take("03 0b 00 00 00 00 00 00 f0 3f 80 04 00 00").isOverflow, true);
    assert.equal(take("03 0b 00 00 00 00 00 00 f0 3f 00 00 00 00").isOverflow, false);
  });
});

/** As the specification counts: from 1601 on, OPC 10000-6 section 5.2.2.5. */
function wireTime(hex: string): number {
  const ticks = Buffer.from(hex.replaceAll(" ", ""), "hex").readBigInt64LE();
  return Number(ticks / 10_000n) + Date.UTC(1601, 0, 1);
}
