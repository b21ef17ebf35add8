import type { EpochMs } from "../../../model/basics.ts";
import type { DeliveredRecord, Topic } from "../../../ports/event-bus.ts";

/** Every topic of the bus, in a fixed order. */
export const busTopics: readonly Topic[] = [
  "raw_sensor_data",
  "control",
  "alerts",
  "anomalies",
  "aggregates",
  "dead_letters",
];

/** Name of the header that says where a record comes from. */
export const ORIGIN_HEADER = "iai";

/**
 * Where a record comes from: the outbox it was accepted by, its offset there, and when. A record that was carried
 * twice says the same twice; that is how a repeat is recognised.
 */
export interface Origin {
  readonly outbox: string;
  readonly offset: number;
  readonly appendedAt: EpochMs;
}

/** `<outbox> <offset> <appendedAt>`: text, for whoever reads the topic with other tools. */
export function encodeOrigin({ outbox, offset, appendedAt }: Origin): Buffer {
  return Buffer.from(`${outbox} ${offset} ${appendedAt}`, "latin1");
}

/** null: it is not ours, e.g. a record of the stream engine. */
export function decodeOrigin(
  headers: readonly (readonly [Buffer | null, Buffer | null])[],
): Origin | null {
  for (const [name, value] of headers) {
    if (value === null || name?.toString("latin1") !== ORIGIN_HEADER) continue;
    const match = /^(\S+) (\d+) (\d+)$/.exec(value.toString("latin1"));
    if (match === null) return null;
    return { outbox: String(match[1]), offset: Number(match[2]), appendedAt: Number(match[3]) };
  }
  return null;
}

/** The name of a partition in positions and records, e.g. `raw_sensor_data-0`. */
export function partitionName(topic: Topic, partition: number): string {
  return `${topic}-${partition}`;
}

/** null: it is not a partition of one of our topics. */
export function parsePartition(
  name: string,
): { readonly topic: Topic; readonly partition: number } | null {
  const match = /^(.+)-(\d+)$/.exec(name);
  const topic = busTopics.find((known) => known === match?.[1]);
  return topic === undefined ? null : { topic, partition: Number(match?.[2]) };
}

/** A record as Kafka gives it back, inside its batch. */
export interface FetchedRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

export interface FetchedBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: bigint;
  readonly attributes: number;
  readonly records: readonly FetchedRecord[];
}

/** Bit of a batch's attributes: marks of transactions, no records for readers. */
const IS_CONTROL = 1 << 5;

export interface DecodedRecord {
  readonly record: DeliveredRecord;
  readonly origin: Origin | null;
}

/** The records of one batch from `from` on; a compressed batch begins before what was asked for. */
export function* decodeBatch(
  batch: FetchedBatch,
  at: { readonly topic: Topic; readonly partition: string; readonly from: number },
): Generator<DecodedRecord> {
  if ((batch.attributes & IS_CONTROL) !== 0) return;
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = Number(batch.firstOffset) + offsetDelta;
    if (offset < at.from) continue;
    const origin = decodeOrigin(headers);
    const record: DeliveredRecord = {
      topic: at.topic,
      key: key?.toString("utf8") ?? "",
      value: value ?? Buffer.alloc(0),
      partition: at.partition,
      offset,
      appendedAt: origin?.appendedAt ?? Number(batch.firstTimestamp + timestampDelta),
    };
    yield { record, origin };
  }
}

/** The offset after a batch, marks included. */
export function endOfBatch({ firstOffset, lastOffsetDelta }: FetchedBatch): number {
  return Number(firstOffset) + lastOffsetDelta + 1;
}
