import type { BusBatch, DeliveredRecord } from "../../../ports/event-bus.ts";
import { decodeBatch, endOfBatch } from "./codec.ts";
import type { FetchedPartition } from "./fetcher.ts";
import { RepeatFilter } from "./repeat-filter.ts";

/** Most records of one batch. */
const BATCH_RECORDS = 500;

/** Makes bounded batches of what Kafka answered, without repeats, and knows what was delivered. */
export class BatchCutter {
  readonly #delivered = new Map<string, number>();
  readonly #repeats = new RepeatFilter();

  /** Repeats that were left out. */
  get repeats(): number {
    return this.#repeats.seen;
  }

  /** What comes next of this partition, and that anything before it is new again. */
  begin(partition: string, offset: number): void {
    this.#delivered.set(partition, offset);
    this.#repeats.forget(partition);
  }

  /** It is somebody else's now: what is left of it is not delivered. */
  release(partition: string): void {
    this.#delivered.delete(partition);
    this.#repeats.forget(partition);
  }

  /** The last batch may be empty: it tells that the position moved on. */
  *cut(fetched: readonly FetchedPartition[]): Generator<BusBatch> {
    let records: DeliveredRecord[] = [];
    let moved = false;
    const take = (): BusBatch => {
      const batch = { records, next: Object.fromEntries(this.#delivered) };
      records = [];
      moved = false;
      return batch;
    };
    for (const { name, topic, batches } of fetched) {
      for (const batch of batches) {
        const from = this.#delivered.get(name);
        if (from === undefined) break;
        for (const { record, origin } of decodeBatch(batch, { topic, partition: name, from })) {
          if (!this.#delivered.has(name)) break;
          this.#delivered.set(name, record.offset + 1);
          moved = true;
          if (origin !== null && this.#repeats.isRepeat(name, origin)) continue;
          records.push(record);
          if (records.length >= BATCH_RECORDS) yield take();
        }
        const end = endOfBatch(batch);
        if ((this.#delivered.get(name) ?? end) < end) {
          this.#delivered.set(name, end);
          moved = true;
        }
      }
    }
    if (moved) yield take();
  }
}
