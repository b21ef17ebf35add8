import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeState, encodeState } from "./state-text.ts";

/** Everything a state may hold, nested. */
const { state } = fc.letrec((tie) => ({
  state: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, true),
    fc.string({ unit: "binary" }),
    fc.float64Array({ maxLength: 40 }),
    fc.float32Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("state"), { maxLength: 6 }),
    fc.array(fc.tuple(fc.string(), tie("state")), { maxLength: 6 }).map((list) => new Map(list)),
    fc.dictionary(fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/), tie("state"), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  ),
}));

describe("the text of a state", () => {
  it("gives back every state to the bit", () => {
    fc.assert(
      fc.property(state, (kept) => {
        assert.deepStrictEqual(decodeState(encodeState(kept)), kept);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes a large array, and a view into one, with its own bytes alone", () => {
    const large = Float64Array.from({ length: 50_000 }, (_, i) => 1 / (i - 7));
    const kept = { large, part: large.subarray(10, 20) };
    assert.deepStrictEqual(decodeState(encodeState(kept)), {
      large,
      part: Float64Array.from(large.subarray(10, 20)),
    });
  });

  it("refuses an array of a kind that it does not know", () => {
    assert.throws(() => encodeState({ counts: new BigInt64Array(1) }));
  });
});
