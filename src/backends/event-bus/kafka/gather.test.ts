import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BusBatch } from "../../../ports/event-bus.ts";
import { gather } from "./gather.ts";

const aBatch = (from: number, count: number, bytes = 1): BusBatch => ({
  records: Array.from({ length: count }, (_, i) => ({
    topic: "control",
    key: "*",
    value: Buffer.alloc(bytes),
    partition: "0",
    offset: from + i,
    appendedAt: 0,
  })),
  next: { "0": from + count },
});

async function* those(batches: readonly BusBatch[]): AsyncGenerator<BusBatch> {
  yield* batches;
}

async function gathered(batches: readonly BusBatch[], limits = { records: 10, bytes: 1_000 }) {
  const found: BusBatch[] = [];
  for await (const batch of gather(those(batches), limits)) found.push(batch);
  return found.map(({ records, next }) => [records.map(({ offset }) => offset).join(), next["0"]]);
}

describe("gathering batches", () => {
  it("puts together what is there, in order, and stands after the last of them", async () => {
    const batches = [aBatch(1, 2), aBatch(3, 1), aBatch(4, 2)];
    assert.deepEqual(await gathered(batches), [["1,2,3,4,5", 6]]);
  });

  it("stops at its bounds", async () => {
    const batches = [aBatch(1, 2), aBatch(3, 2), aBatch(5, 2)];
    assert.deepEqual(await gathered(batches, { records: 3, bytes: 1_000 }), [
      ["1,2,3,4", 5],
      ["5,6", 7],
    ]);
    assert.deepEqual(await gathered(batches, { records: 100, bytes: 2 }), [
      ["1,2", 3],
      ["3,4", 5],
      ["5,6", 7],
    ]);
  });

  it("does not wait for what comes later", async () => {
    let send: (batch: BusBatch) => void = () => undefined;
    const later = new Promise<BusBatch>((resolve) => {
      send = resolve;
    });
    async function* slow(): AsyncGenerator<BusBatch> {
      yield aBatch(1, 1);
      yield await later;
    }
    const batches = gather(slow(), { records: 10, bytes: 1_000 });
    assert.deepEqual((await batches.next()).value?.next, { "0": 2 });
    send(aBatch(2, 1));
    assert.deepEqual((await batches.next()).value?.next, { "0": 3 });
    assert.equal((await batches.next()).done, true);
  });
});
