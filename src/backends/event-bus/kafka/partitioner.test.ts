import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { murmur2, partitionOf } from "./partitioner.ts";

describe("the partition of a key", () => {
  // From the tests of Kafka's own Java client.
  const known: readonly (readonly [string, number])[] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];

  for (const [key, hash] of known) {
    it(`has the hash of Kafka's own clients for "${key}"`, () => {
      assert.equal(murmur2(Buffer.from(key)), hash);
    });
  }

  it("is one of those there are, whatever the sign of the hash", () => {
    assert.equal(partitionOf(Buffer.from("foobar"), 3), ((-790332482 & 0x7fffffff) >>> 0) % 3);
    assert.equal(partitionOf(Buffer.from("abc"), 1), 0);
  });

  it("spreads a fleet over all partitions", () => {
    const sizes = [0, 0, 0];
    for (let i = 0; i < 3_000; i += 1) {
      const partition = partitionOf(Buffer.from(`PUMP_${i}`), 3);
      sizes[partition] = (sizes[partition] ?? 0) + 1;
    }
    assert.ok(
      sizes.every((size) => size > 900 && size < 1_100),
      String(sizes),
    );
  });
});
