import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BusBatch } from "../../../ports/event-bus.ts";
import { BatchCutter } from "./batch-cutter.ts";
import { encodeOrigin } from "./codec.ts";
import type { FetchedPartition } from "./fetcher.ts";

/** `count` records of a partition from `from` on; the outbox numbers them alike, less `repeated`. */
function fetched(index: number, from: number, count: number, repeated = 0): FetchedPartition {
  const name = `raw_sensor_data-${index}`;
  const records = Array.from({ length: count }, (_, i) => {
    const offset = from + i - repeated;
    const origin = encodeOrigin({ outbox: "a", offset, appendedAt: 1_000 + offset });
    return {
      offsetDelta: i,
      timestampDelta: 0n,
      key: Buffer.from("P1"),
      value: Buffer.from(String(offset)),
      headers: [[Buffer.from("iai"), origin]] as const,
    };
  });
  const batch = {
    firstOffset: BigInt(from),
    lastOffsetDelta: count - 1,
    firstTimestamp: 0n,
    attributes: 0,
    records,
  };
  return { name, topic: "raw_sensor_data", from, batches: [batch] };
}

const values = (batches: readonly BusBatch[]): string[] =>
  batches.flatMap(({ records }) => records.map(({ value }) => Buffer.from(value).toString()));

describe("batches", () => {
  it("are bounded, and each says where all partitions stand after it", () => {
    const cutter = new BatchCutter();
    cutter.begin("raw_sensor_data-0", 10);
    cutter.begin("raw_sensor_data-1", 0);
    const batches = [...cutter.cut([fetched(0, 10, 700), fetched(1, 0, 1)])];
    assert.deepEqual(
      batches.map(({ records }) => records.length),
      [500, 201],
    );
    assert.deepEqual(
      batches.map(({ next }) => next),
      [
        { "raw_sensor_data-0": 510, "raw_sensor_data-1": 0 },
        { "raw_sensor_data-0": 710, "raw_sensor_data-1": 1 },
      ],
    );
  });

  it("leave repeats out and move on over them", () => {
    const cutter = new BatchCutter();
    cutter.begin("raw_sensor_data-0", 0);
    assert.deepEqual(values([...cutter.cut([fetched(0, 0, 3)])]), ["0", "1", "2"]);
    const [batch] = [...cutter.cut([fetched(0, 3, 3, 3)])];
    assert.deepEqual(batch, { records: [], next: { "raw_sensor_data-0": 6 } });
    assert.equal(cutter.repeats, 3);
  });

  it("give nothing more of a partition that went to another process, also in the middle", () => {
    const cutter = new BatchCutter();
    cutter.begin("raw_sensor_data-0", 0);
    cutter.begin("raw_sensor_data-1", 0);
    const batches: BusBatch[] = [];
    for (const batch of cutter.cut([fetched(0, 0, 1_200), fetched(1, 0, 1)])) {
      batches.push(batch);
      cutter.release("raw_sensor_data-0");
    }
    assert.deepEqual(
      batches.map(({ records }) => records.length),
      [500, 1],
    );
    assert.deepEqual(batches[1]?.next, { "raw_sensor_data-1": 1 });
  });

  it("deliver again what a partition gives again when it came back at an earlier position", () => {
    const cutter = new BatchCutter();
    cutter.begin("raw_sensor_data-0", 0);
    for (const _ of cutter.cut([fetched(0, 0, 5)]));
    cutter.release("raw_sensor_data-0");
    cutter.begin("raw_sensor_data-0", 2);
    assert.deepEqual(values([...cutter.cut([fetched(0, 2, 3)])]), ["2", "3", "4"]);
  });
});
