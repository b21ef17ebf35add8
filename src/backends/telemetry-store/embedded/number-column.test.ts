import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { type ColumnShape, decodeNumbers, encodeNumbers } from "./number-column.ts";

function thereAndBack(values: readonly number[], shape: ColumnShape): number[] {
  const writer = new ByteWriter();
  encodeNumbers(writer, values, values.length, shape);
  return [...decodeNumbers(new ByteReader(writer.bytes()), values.length, shape)];
}

const shapes = fc.constantFrom<ColumnShape>("values", "steps");

describe("number column", () => {
  it("gives back exactly the doubles it was given, absent ones as NaN", () => {
    const anything = fc.array(
      fc.oneof(
        fc.double(),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 1000),
        fc.constantFrom(0, -0, Number.NaN, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 0.1 + 0.2),
      ),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(anything, shapes, (values, shape) => {
        assert.deepEqual(thereAndBack(values, shape), values);
      }),
    );
  });

  it("needs about a byte for a decimal value that moves a little", () => {
    const values = Array.from({ length: 600 }, (_, i) => Math.round(4500 + 20 * Math.sin(i)) / 100);
    const writer = new ByteWriter();
    encodeNumbers(writer, values, values.length);
    assert.ok(writer.length < 610);
  });
});
