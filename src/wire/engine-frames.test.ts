import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  eachFrame,
  eachOutput,
  encodeFrame,
  encodeOutput,
  type Frame,
  type FrameTarget,
} from "./engine-frames.ts";

const anyText = fc.string({ unit: "binary", maxLength: 60 });

describe("engine frames", () => {
  it("come out of a batch as they went in, whatever their text", () => {
    const frame = fc.record(
      {
        source: fc.constantFrom("r", "c", "a"),
        partition: fc.nat(1_000),
        offset: fc.maxSafeNat(),
        origin: anyText,
        key: anyText,
        value: anyText,
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(frame), (sent) => {
        const seen: Frame[] = [];
        eachFrame(sent.map((one) => encodeFrame(one as Frame)).join(""), (one) => seen.push(one));
        assert.deepEqual(seen, sent);
      }),
    );
  });

  it("carry outputs in the same way", () => {
    const output = fc.tuple(
      fc.constantFrom<FrameTarget>("a", "g", "t", "d", "s"),
      anyText,
      anyText,
    );
    fc.assert(
      fc.property(fc.array(output), (sent) => {
        const seen: unknown[] = [];
        const batch = sent.map((one) => encodeOutput(...one)).join("");
        eachOutput(batch, (...one) => seen.push(one));
        assert.deepEqual(seen, sent);
      }),
    );
  });

  it("are refused when the batch is cut off", () => {
    const whole = encodeFrame({
      ...{ source: "r", partition: 0, offset: 7 },
      ...{ origin: "a 1 2", key: "P1", value: "abc" },
    });
    for (let length = 1; length < whole.length; length += 1) {
      assert.throws(() => eachFrame(whole.slice(0, length), () => undefined));
    }
  });
});
