import assert from "node:assert/strict";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type {
  BusBatch,
  DeliveredRecord,
  SubscribeOptions,
  Topic,
} from "../../../ports/event-bus.ts";
import { FrameCursor, PARTITION } from "./frames.ts";

/** Most records and bytes that one batch goes over. */
const BATCH_RECORDS = 500;
const BATCH_BYTES = 2 * 1024 * 1024;

/** How far the log goes; `follow` waits on it. */
export class LogEnd {
  /** Offset that the next record will get. */
  value: number;
  #closed = false;
  /** Those who wait, with the position that must be passed. */
  readonly #waiting = new Map<() => void, number>();

  constructor(value: number) {
    this.value = value;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** News may come late: a reader may have read beyond them. */
  moveTo(end: number): void {
    this.value = Math.max(this.value, end);
    for (const [done, position] of [...this.#waiting]) if (this.value > position) done();
  }

  /** Ends everybody who follows. */
  close(): void {
    this.#closed = true;
    for (const done of [...this.#waiting.keys()]) done();
  }

  /** Resolves when the log grows beyond `position`, it is closed, or the signal aborts. */
  beyond(position: number, signal: AbortSignal): Promise<void> {
    if (this.value > position || this.#closed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.set(done, position);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}

/** A read-only connection to the log and the one query it needs. */
export class LogFile {
  readonly #db: DatabaseSync;
  readonly #from: StatementSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    // Begins with the commit that holds the offset, which may lie before it.
    this.#from = this.#db.prepare(
      `SELECT first_offset, count, appended_at, body FROM "commit"
       WHERE first_offset >= coalesce((SELECT max(first_offset) FROM "commit" WHERE first_offset <= ?1), 0)
       ORDER BY first_offset LIMIT ?2`,
    );
  }

  /** Records from `position` on, at most a batch; `next` moves on over topics that are not wanted. */
  read(position: number, topics: ReadonlySet<Topic>): { records: DeliveredRecord[]; next: number } {
    const records: DeliveredRecord[] = [];
    let next = position;
    let seen = 0;
    let bytes = 0;
    for (const row of this.#from.iterate(position, BATCH_RECORDS)) {
      const cursor = new FrameCursor({
        firstOffset: Number(row["first_offset"]),
        count: Number(row["count"]),
        appendedAt: Number(row["appended_at"]),
        body: row["body"] as Uint8Array,
      });
      cursor.skipTo(position);
      const before = cursor.rest;
      while (!cursor.done && seen < BATCH_RECORDS) {
        const record = cursor.next(topics);
        if (record !== null) records.push(record);
        seen += 1;
      }
      next = Math.max(next, cursor.offset);
      bytes += before - cursor.rest;
      if (seen >= BATCH_RECORDS || bytes >= BATCH_BYTES) break;
    }
    return { records, next };
  }

  close(): void {
    this.#db.close();
  }
}

/**
 * Follows the log from a position, old records and new ones on the same path. Batches may be empty: they tell
 * that the position moved on over topics which were not asked for.
 */
export async function* follow(
  file: LogFile,
  end: LogEnd,
  options: Pick<SubscribeOptions, "topics" | "from" | "signal">,
): AsyncGenerator<BusBatch> {
  const topics = new Set(options.topics);
  let position = Math.max(1, options.from?.[PARTITION] ?? 1);
  while (!options.signal.aborted && !end.closed) {
    await end.beyond(position, options.signal);
    if (options.signal.aborted || end.closed) return;
    // A reader sees commits before their announcement: the one that comes now may be behind it.
    if (end.value <= position) continue;
    const { records, next } = file.read(position, topics);
    assert(next > position, "what the end announces can be read");
    position = next;
    yield { records, next: { [PARTITION]: next } };
  }
}
