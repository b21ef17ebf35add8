import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ReadBlock } from "./read-plan.ts";
import { readFunctions } from "./register-map.ts";
import { crcOf, decodeAnswer, encodeRequest, isRtuReadRequest } from "./rtu-frame.ts";

const block = (code: ReadBlock["function"], count: number): ReadBlock => ({
  function: code,
  address: 0,
  count,
  entries: [],
});
const withCrc = (hex: string): Buffer => {
  const body = Buffer.from(hex, "hex");
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crcOf(body));
  return Buffer.concat([body, sum]);
};

describe("frames of the serial line", () => {
  it("have the checksum of the specification, low byte first", () => {
    // Modbus over serial line 1.02, appendix B: unit 2, function 7 gives 41 12.
    assert.equal(crcOf(Buffer.from("0207", "hex")), 0x1241);
    const request = encodeRequest(17, { ...block(3, 3), address: 0x6b });
    assert.equal(request.toString("hex"), "1103006b00037687");
  });

  it("leave only when they read, and only whole", () => {
    for (const code of readFunctions)
      assert.ok(isRtuReadRequest(encodeRequest(1, block(code, 1)), readFunctions));
    for (const frame of [
      withCrc("010500010000"), // write a coil
      withCrc("010600010000"), // write a register
      withCrc("011000000001020000"), // write registers
      withCrc("010300000001").subarray(0, 7),
      Buffer.concat([encodeRequest(1, block(3, 1)), withCrc("010600010000")]),
      Buffer.from("0103000000010000", "hex"),
    ])
      assert.equal(isRtuReadRequest(frame, readFunctions), false, frame.toString("hex"));
  });

  it("are read whole in however many pieces they come", () => {
    const answer = withCrc("010304 41a80000".replace(" ", ""));
    for (let length = 0; length < answer.length; length += 1)
      assert.equal(decodeAnswer(answer.subarray(0, length), 1, block(3, 2)).kind, "more");
    const read = decodeAnswer(answer, 1, block(3, 2));
    assert.deepEqual(read, { kind: "data", bytes: Buffer.from("41a80000", "hex") });
    const bits = decodeAnswer(withCrc("01010205 01".replace(" ", "")), 1, block(1, 9));
    assert.deepEqual(bits, { kind: "data", bytes: Buffer.from("0501", "hex") });
  });

  it("tell an exception as one, and every other answer as a line in doubt", () => {
    const asked = block(3, 1);
    assert.deepEqual(decodeAnswer(withCrc("018302"), 1, asked), { kind: "exception", code: 2 });
    for (const answer of [
      withCrc("0203020001"), // of another unit
      withCrc("0104020001"), // of another function
      withCrc("01030400010002"), // longer than asked for
      Buffer.concat([withCrc("0103020001"), Buffer.from([0])]),
      Buffer.from("01030200010000", "hex"), // a wrong checksum
      withCrc("018402"), // an exception to another function
    ])
      assert.equal(decodeAnswer(answer, 1, asked).kind, "broken", answer.toString("hex"));
  });

  it("are never taken with a bit flipped", () => {
    const answer = withCrc("0103 04 41a80000".replaceAll(" ", ""));
    fc.assert(
      fc.property(fc.nat(answer.length * 8 - 1), (bit) => {
        const bent = Buffer.from(answer);
        bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.notEqual(decodeAnswer(bent, 1, block(3, 2)).kind, "data");
      }),
    );
  });
});
