import { setImmediate as soon } from "node:timers/promises";
import type { BusBatch, DeliveredRecord } from "../../../ports/event-bus.ts";

export interface GatherLimits {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Makes fewer and larger batches of those that are there already; it never waits for more. While one is with its
 * owner, the next is fetched. Ends with its source.
 */
export async function* gather(
  source: AsyncIterable<BusBatch>,
  limits: GatherLimits,
): AsyncGenerator<BusBatch> {
  const batches = source[Symbol.asyncIterator]();
  let coming = batches.next();
  for (;;) {
    const first = await coming;
    if (first.done === true) return;
    const records: DeliveredRecord[] = [...first.value.records];
    let { next } = first.value;
    let bytes = bytesOf(records);
    coming = batches.next();
    while (records.length < limits.records && bytes < limits.bytes) {
      const more = await Promise.race([coming, soon(null)]);
      if (more === null || more.done === true) break;
      records.push(...more.value.records);
      bytes += bytesOf(more.value.records);
      next = more.value.next;
      coming = batches.next();
    }
    yield { records, next };
  }
}

function bytesOf(records: readonly DeliveredRecord[]): number {
  return records.reduce((sum, { value }) => sum + value.byteLength, 0);
}
