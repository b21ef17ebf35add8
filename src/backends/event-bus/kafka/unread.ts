import type { Consumer } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { createTurns } from "../../../kernel/turns.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import { isTickKey } from "../../../wire/raw-record.ts";
import { closeClient, type KafkaClients } from "./clients.ts";
import { decodeBatch, endOfBatch, parsePartition } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { type FetchedPartition, Fetcher, type FetchResult } from "./fetcher.ts";
import type { Partition } from "./offsets.ts";

/** Parts of partitions. */
export interface Ranges {
  readonly from: BusPosition;
  /** The first offset that does not count. */
  readonly to: BusPosition;
}

export interface UnreadDeps {
  readonly config: KafkaEventBusConfig;
  readonly clients: KafkaClients;
  readonly clock: Clock;
}

/** More are told as they are: with so much to do it does not matter that some of them are ticks. */
const LOOKED_AT = 500;

/** Who asks beyond is told that it is not known. */
const WAITING_MAX = 64;

/** Its requests are made in this name, which confirms nothing. */
const GROUP = "look";

interface Part {
  readonly partition: Partition;
  readonly to: number;
  next: number;
}

/** Counts what is still to be read. Time goes on in every raw partition, so a few records there may be ticks alone. */
export class Unread {
  readonly #deps: UnreadDeps;
  /** One look at a time: Kafka numbers the requests of a connection, and they must not overtake each other. */
  readonly #turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "look at the bus" });
  /** Kept between looks; null: none yet, or the last one failed. */
  #consumer: Consumer | null = null;

  constructor(deps: UnreadDeps) {
    this.#deps = deps;
  }

  /** Records in the ranges that are no ticks; where there are many, all records. */
  async count(ranges: Ranges): Promise<number> {
    const parts = partsOf(ranges);
    const records = parts.reduce((sum, { next, to }) => sum + to - next, 0);
    if (records === 0 || records > LOOKED_AT) return records;
    return await this.#turns.use(() => this.#lookInTime(parts));
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = null;
    if (consumer !== null) await closeClient(consumer, this.#deps.clock);
  }

  async #lookInTime(parts: readonly Part[]): Promise<number> {
    const { clock, config } = this.#deps;
    const { signal } = new AbortController();
    try {
      return await withDeadline({ clock, ms: config.requestTimeoutMs, signal }, (either) =>
        this.#look(parts, either),
      );
    } catch (failure) {
      await this.close();
      throw failure;
    }
  }

  async #look(parts: readonly Part[], signal: AbortSignal): Promise<number> {
    let found = 0;
    for (let left = parts; left.length > 0 && !signal.aborted; ) {
      for (const { partitions, failure } of await this.#fetch(left)) {
        if (failure !== null) throw failure;
        for (const fetched of partitions) {
          const part = left.find(({ partition }) => partition.name === fetched.name);
          if (part !== undefined) found += readingsOf(fetched, part);
        }
      }
      left = left.filter(({ next, to }) => next < to);
    }
    return found;
  }

  /** One answer of every broker that leads some of the partitions. */
  async #fetch(parts: readonly Part[]): Promise<readonly FetchResult[]> {
    const { config, clients } = this.#deps;
    this.#consumer ??= clients.fetcher(config.groupPrefix + GROUP);
    const answers: FetchResult[] = [];
    const { promise: isDone, resolve } = Promise.withResolvers<void>();
    const onResult = (result: FetchResult): void => {
      answers.push(result);
      if (answers.reduce((sum, { asked }) => sum + asked.size, 0) === parts.length) resolve();
    };
    const topics = [...new Set(parts.map(({ partition }) => partition.topic))];
    const fetcher = new Fetcher(this.#consumer, { config, topics, onResult });
    await fetcher.begin(
      parts.map(({ partition }) => partition),
      new Map(parts.map(({ partition, next }) => [partition.name, next])),
    );
    await isDone;
    return answers;
  }
}

/** Counts what is no tick and moves the part on. */
function readingsOf({ name, topic, batches }: FetchedPartition, part: Part): number {
  let found = 0;
  for (const batch of batches) {
    for (const { record } of decodeBatch(batch, { topic, partition: name, from: part.next }))
      if (record.offset < part.to && !isTickKey(record.key)) found += 1;
    part.next = Math.max(part.next, endOfBatch(batch));
  }
  return found;
}

function partsOf({ from, to }: Ranges): readonly Part[] {
  return Object.entries(to).flatMap(([name, end]) => {
    const place = parsePartition(name);
    const next = from[name] ?? 0;
    if (place === null || next >= end) return [];
    return [{ partition: { name, topic: place.topic, index: place.partition }, next, to: end }];
  });
}
