import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type JsonItems, readJsonItems, sourceTexts } from "./json-scan.ts";

const limits = { maxItems: 1_000, maxDepth: 8 };
const read = (body: string | Uint8Array, format: "json" | "ndjson" = "json"): JsonItems =>
  readJsonItems(typeof body === "string" ? Buffer.from(body) : body, format, limits);

function codesOf(read: JsonItems): string[] {
  return read.ok ? read.items.map((item) => item.fault?.code ?? "ok") : [`body ${read.fault.code}`];
}

describe("reading a body", () => {
  it("gives every JSON value back, with the bytes of each item", () => {
    const keys = fc.string({ unit: "grapheme", maxLength: 8 });
    const item = fc.object({ key: keys, maxDepth: 5, withNullPrototype: false });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), fc.nat(3), (items, indent) => {
        const sent = JSON.parse(JSON.stringify(items)) as unknown[];
        const whole = read(JSON.stringify(items, null, indent));
        assert(whole.ok, JSON.stringify(whole));
        assert.deepEqual(
          whole.items.map(({ value }) => value),
          sent,
        );
        for (const { value, bytes } of whole.items) {
          assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), value);
        }
        const lines = items.map((one) => `${JSON.stringify(one)}\r\n`).join("\n");
        const byLine = read(lines, "ndjson");
        if (items.length === 0) assert.deepEqual(codesOf(byLine), ["body JSON_INVALID"]);
        else assert.deepEqual(byLine.ok && byLine.items.map(({ value }) => value), sent);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses what is not JSON, not UTF-8, or says a key twice", () => {
    const cases: readonly (readonly [string | Uint8Array, string])[] = [
      ["", "JSON_INVALID"],
      ["   ", "JSON_INVALID"],
      ['{"a":NaN}', "JSON_INVALID"],
      ['{"a":1}{"b":2}', "JSON_INVALID"],
      ['{"a":1', "JSON_INVALID"],
      ['{"a":"\u0001"}', "JSON_INVALID"],
      ["[{},]", "JSON_INVALID"],
      ["]", "JSON_INVALID"],
      [Uint8Array.of(0x22, 0xff, 0x22), "UTF8_INVALID"],
      [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), "UTF8_INVALID"],
      ['{"a":1,"a":1}', "KEY_DUPLICATE"],
      ['{"a":1,"\\u0061":2}', "KEY_DUPLICATE"],
      ['[{"a":1},{"b":{"c":1,"c":2}}]', "KEY_DUPLICATE"],
      ['{"__proto__":1,"__proto__":2}', "KEY_DUPLICATE"],
    ];
    for (const [body, code] of cases) assert.deepEqual(codesOf(read(body)), [`body ${code}`]);
  });

  it("is not confused by colons, quotes and brackets inside of texts", () => {
    assert.deepEqual(codesOf(read('{"a:\\"[{":"]}:,\\\\"}')), ["ok"]);
  });

  it("measures depth before it parses, and spares the neighbours of a deep item", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    assert.deepEqual(codesOf(read(nested(8))), ["ok"]);
    assert.deepEqual(codesOf(read(nested(9))), ["body DEPTH"]);
    assert.deepEqual(codesOf(read(nested(500_000))), ["body DEPTH"]);
    assert.deepEqual(codesOf(read("[".repeat(100_000))), ["body DEPTH"]);
    assert.deepEqual(codesOf(read('{"a":'.repeat(9))), ["body DEPTH"]);
    assert.deepEqual(codesOf(read(`[{"a":1},${nested(8)},{"b":2}]`)), ["ok", "DEPTH", "ok"]);
    assert.deepEqual(codesOf(read(`[{"a":1,"a":1},${nested(8)}]`)), ["body KEY_DUPLICATE"]);
  });

  it("lets each line of NDJSON stand for itself", () => {
    const lines = ['{"a":1}', "{", "", '{"a":1,"a":2}', `${"[".repeat(9)}${"]".repeat(9)}`];
    const body = Buffer.concat([
      Buffer.from(lines.join("\n")),
      Uint8Array.of(0x0a, 0x22, 0xff, 0x22, 0x0a),
      Buffer.from('{"b":2}'),
    ]);
    assert.deepEqual(codesOf(read(body, "ndjson")), [
      "ok",
      "JSON_INVALID",
      "KEY_DUPLICATE",
      "DEPTH",
      "UTF8_INVALID",
      "ok",
    ]);
  });

  it("counts items before it parses them", () => {
    const many = (count: number): string => JSON.stringify(Array.from({ length: count }, () => 1));
    assert.equal(codesOf(read(many(1_000))).length, 1_000);
    assert.deepEqual(codesOf(read(many(1_001))), ["body TOO_LARGE"]);
    assert.deepEqual(codesOf(read("1\n".repeat(1_001), "ndjson")), ["body TOO_LARGE"]);
  });

  it("keeps `__proto__` a key like any other", () => {
    const items = read('{"__proto__":{"polluted":1},"a":1e400}');
    assert(items.ok);
    const value = items.items[0]?.value as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ["__proto__", "a"]);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    assert.equal(value["a"], Number.POSITIVE_INFINITY);
  });

  it("accepts a byte order mark", () => {
    assert.deepEqual(codesOf(read('\uFEFF{"a":1}')), ["ok"]);
  });

  it("tells the text that a value was written as", () => {
    assert.deepEqual(sourceTexts('{"a":1e400,"m":{"b":"12,5","c":1.0,"d":null,"e":[]}}'), {
      a: "1e400",
      m: { b: '"12,5"', c: "1.0", d: "null", e: [] },
    });
  });
});
