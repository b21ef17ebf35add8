import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  busTopics,
  decodeBatch,
  decodeOrigin,
  encodeOrigin,
  endOfBatch,
  type FetchedRecord,
  parsePartition,
  partitionName,
} from "./codec.ts";

const aRecord = (offsetDelta: number, more: Partial<FetchedRecord> = {}): FetchedRecord => ({
  offsetDelta,
  timestampDelta: BigInt(offsetDelta),
  key: Buffer.from("泵:1"),
  value: Buffer.from(`v${offsetDelta}`),
  headers: [],
  ...more,
});

const aBatch = (records: readonly FetchedRecord[], attributes = 0) => ({
  firstOffset: 100n,
  lastOffsetDelta: 9,
  firstTimestamp: 5_000n,
  attributes,
  records,
});

const at = { topic: "raw_sensor_data", partition: "raw_sensor_data-2", from: 0 } as const;

describe("records on Kafka", () => {
  it("says where a record comes from, and reads it back", () => {
    const origin = { outbox: "01J9Z", offset: 8_123_456_789, appendedAt: 1_772_000_000_123 };
    const headers = [
      [Buffer.from("other"), Buffer.from("x")],
      [Buffer.from("iai"), encodeOrigin(origin)],
    ] as const;
    assert.deepEqual(decodeOrigin(headers), origin);
  });

  it("takes what others wrote as having no origin", () => {
    assert.equal(decodeOrigin([]), null);
    assert.equal(decodeOrigin([[Buffer.from("iai"), Buffer.from("something else")]]), null);
    assert.equal(decodeOrigin([[null, null]]), null);
  });

  it("names every partition so that it can be found again", () => {
    for (const topic of busTopics)
      assert.deepEqual(parsePartition(partitionName(topic, 12)), { topic, partition: 12 });
    assert.equal(parsePartition("0"), null);
    assert.equal(parsePartition("other-0"), null);
  });

  it("gives the time of acceptance from the origin, else Kafka's", () => {
    const origin = encodeOrigin({ outbox: "a", offset: 1, appendedAt: 42 });
    const headers = [[Buffer.from("iai"), origin]] as const;
    const batch = aBatch([aRecord(0, { headers }), aRecord(1)]);
    assert.deepEqual(
      [...decodeBatch(batch, at)].map(({ record }) => record.appendedAt),
      [42, 5_001],
    );
  });

  it("begins inside a batch, and ends behind what was compacted or aborted at its end", () => {
    const batch = aBatch([aRecord(0), aRecord(3), aRecord(4)]);
    assert.deepEqual(
      [...decodeBatch(batch, { ...at, from: 103 })].map(({ record }) => record.offset),
      [103, 104],
    );
    assert.equal(endOfBatch(batch), 110);
  });

  it("passes over the marks of transactions", () => {
    assert.deepEqual([...decodeBatch(aBatch([aRecord(0)], 1 << 5), at)], []);
  });

  it("reads records without key or value", () => {
    const [found] = decodeBatch(aBatch([aRecord(0, { key: null, value: null })]), at);
    assert.equal(found?.record.key, "");
    assert.equal(found?.record.value.byteLength, 0);
  });
});
