import assert from "node:assert/strict";
import type { BusRecord, DeliveredRecord, Topic } from "../../../ports/event-bus.ts";

/*
 * The body of a commit: the frames of its records, end to end, little endian:
 *   u8 topic · u16 bytes of key · u32 bytes of value · key (UTF-8) · value
 */
const HEAD = 7;
const topics: readonly Topic[] = [
  "raw_sensor_data",
  "control",
  "alerts",
  // Numbers are in old logs: new topics come last.
  "anomalies",
  "aggregates",
  "dead_letters",
];

/** The only partition of the embedded log: its order is total. */
export const PARTITION = "0";

/** Most bytes that the frame of a record can take. */
export function frameBytesMax(record: BusRecord): number {
  return HEAD + record.key.length * 3 + record.value.byteLength;
}

/** Writes the frame of a record at `at` and tells where it ends. */
export function writeFrame(body: Buffer, at: number, record: BusRecord): number {
  const { key, value } = record;
  const valueAt = at + HEAD + body.write(key, at + HEAD, "utf8");
  const keyBytes = valueAt - at - HEAD;
  assert(keyBytes <= 0xffff, "a record's key is short");
  body[at] = topics.indexOf(record.topic);
  body.writeUInt16LE(keyBytes, at + 1);
  body.writeUInt32LE(value.byteLength, at + 3);
  body.set(value, valueAt);
  return valueAt + value.byteLength;
}

/** A commit as it lies in the log. */
export interface StoredCommit {
  readonly firstOffset: number;
  readonly count: number;
  readonly appendedAt: number;
  readonly body: Uint8Array;
}

/** Goes through the frames of one commit; values are views of its body, nothing is copied. */
export class FrameCursor {
  readonly #body: Buffer;
  readonly #appendedAt: number;
  readonly #end: number;
  #at = 0;
  /** Offset of the next record. */
  offset: number;

  constructor(commit: StoredCommit) {
    const { body } = commit;
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#appendedAt = commit.appendedAt;
    this.offset = commit.firstOffset;
    this.#end = commit.firstOffset + commit.count;
  }

  get done(): boolean {
    return this.offset >= this.#end;
  }

  /** Bytes that are left. */
  get rest(): number {
    return this.#body.length - this.#at;
  }

  skipTo(offset: number): void {
    while (this.offset < offset && !this.done) this.#skip();
  }

  /** The next record; null: its topic is not wanted, it was passed over. */
  next(wanted: ReadonlySet<Topic>): DeliveredRecord | null {
    const body = this.#body;
    const topic = topics[body[this.#at] ?? 0] ?? "control";
    if (!wanted.has(topic)) {
      this.#skip();
      return null;
    }
    const keyAt = this.#at + HEAD;
    const valueAt = keyAt + body.readUInt16LE(this.#at + 1);
    const end = valueAt + body.readUInt32LE(this.#at + 3);
    const record = {
      topic,
      key: body.toString("utf8", keyAt, valueAt),
      value: body.subarray(valueAt, end),
      partition: PARTITION,
      offset: this.offset,
      appendedAt: this.#appendedAt,
    };
    this.#at = end;
    this.offset += 1;
    return record;
  }

  #skip(): void {
    const at = this.#at;
    this.#at += HEAD + this.#body.readUInt16LE(at + 1) + this.#body.readUInt32LE(at + 3);
    this.offset += 1;
  }
}
