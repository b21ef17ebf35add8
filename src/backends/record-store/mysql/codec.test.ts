import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mysqlDialect } from "./codec.ts";

const encode = (kind: Parameters<typeof mysqlDialect.encoderOf>[0], value: unknown) =>
  mysqlDialect.encoderOf(kind)(value);

describe("values in MySQL", () => {
  it("refuses a number that MySQL would round, cut or turn into another without a word", () => {
    for (const value of [1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => encode("integer", value), RangeError);
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => encode("real", value), RangeError);
    }
  });

  it("refuses an instant that DATETIME(3) cannot hold", () => {
    for (const value of [0.5, Date.UTC(999, 11), Date.UTC(10_000, 0), Number.NaN]) {
      assert.throws(() => encode("instant", value), RangeError);
    }
    assert.equal(encode("instant", Date.UTC(1000, 0)), "1000-01-01 00:00:00.000");
    assert.equal(encode("instant", Date.UTC(10_000, 0) - 1), "9999-12-31 23:59:59.999");
  });

  it("replaces half a character inside JSON, for which MySQL would refuse the row", () => {
    assert.equal(encode("json", { text: "a\ud83d" }), '{"text":"a\ufffd"}');
    assert.equal(encode("json", { text: "👷 \\ud83d" }), '{"text":"👷 \\\\ud83d"}');
  });
});
