import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../../../model/reading.ts";
import { decodeChunk, encodeChunk } from "./chunk-codec.ts";
import { ChunkTable, mergeTables } from "./chunk-table.ts";

const START = Date.UTC(2026, 1, 28, 12);

// Objects as the product makes them, so that deepEqual compares nothing but fields.
const plain = { noNullPrototype: true };

const metric = fc.constantFrom("flow", "vibration", "temperature", "current");
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 100),
  fc.constantFrom(0, -0, 1e-300, 12_345_678.901_234_567),
);

const orNull = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> | null =>
  map.size === 0 ? null : map;

const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    at: fc.integer({ min: 0, max: 599_999 }),
    delay: fc.integer({ min: -1000, max: 90_000_000 }),
    values: fc.array(fc.tuple(metric, number), { minLength: 1 }),
    qualities: fc.array(fc.tuple(metric, fc.constantFrom<Quality>("uncertain", "bad"))),
    faults: fc.array(
      fc.tuple(
        metric,
        fc.record({ code: fc.constantFrom("VALUE_TYPE", "D"), raw: fc.string() }, plain),
      ),
    ),
    sources: fc.array(
      fc.tuple(metric, fc.record({ value: number, unit: fc.constantFrom("bar", "psi") }, plain)),
    ),
    seq: fc.option(fc.nat()),
    status: fc.option(fc.string()),
    configVersion: fc.nat(9),
  })
  .map((parts): Reading => {
    const values = new Map(parts.values);
    const faults = new Map<string, ValueFault>(parts.faults.filter(([name]) => !values.has(name)));
    const sources = new Map<string, SourceQuantity>(
      parts.sources.filter(([name]) => values.has(name)),
    );
    return {
      deviceId: "PUMP_01",
      measuredAt: START + parts.at,
      receivedAt: START + parts.at + parts.delay,
      values,
      qualities: orNull(new Map(parts.qualities)),
      faults: orNull(faults),
      sources: orNull(sources),
      seq: parts.seq,
      status: parts.status,
      configVersion: parts.configVersion,
    };
  });

const readingsOf = (table: ChunkTable): (Reading | null)[] =>
  Array.from({ length: table.count }, (_, row) => table.reading(row, "PUMP_01", null));

describe("chunk codec", () => {
  it("gives back every reading exactly, whatever order they came in", () => {
    const many = fc.uniqueArray(anyReading, { selector: (r) => r.measuredAt, maxLength: 60 });
    fc.assert(
      fc.property(many, (readings) => {
        const table = new ChunkTable();
        for (const reading of readings) assert.equal(table.put(reading), "stored");
        const sorted = readings.toSorted((a, b) => a.measuredAt - b.measuredAt);
        assert.deepEqual(readingsOf(table), sorted);
        assert.deepEqual(readingsOf(decodeChunk(encodeChunk(table), null)), sorted);
      }),
    );
  });

  it("reads only the metrics asked for", () => {
    const table = new ChunkTable();
    for (const reading of fc.sample(anyReading, 50)) table.put(reading);
    const some = decodeChunk(encodeChunk(table), new Set(["flow"]));
    assert.ok(some.columns.every((column) => column.name === "flow"));
  });

  it("refuses a block with a flipped bit", () => {
    const table = new ChunkTable();
    for (const reading of fc.sample(anyReading, 50)) table.put(reading);
    const block = Uint8Array.from(encodeChunk(table));
    block[block.length >> 1] = (block[block.length >> 1] ?? 0) ^ 1;
    assert.throws(() => decodeChunk(block, null));
  });

  it("merges parts into what one table would have held", () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 40 }), fc.nat(40), (readings, cut) => {
        const whole = new ChunkTable();
        const first = new ChunkTable();
        const second = new ChunkTable();
        readings.forEach((reading, i) => {
          if (whole.put(reading) !== "stored") return;
          (i < cut ? first : second).put(reading);
        });
        const merged = mergeTables([first, second]);
        assert.equal(merged.count, whole.count);
        for (const column of whole.columns) {
          assert.deepEqual(
            merged.column(column.name)?.values.subarray(0, whole.count),
            column.values.subarray(0, whole.count),
          );
        }
      }),
    );
  });
});
