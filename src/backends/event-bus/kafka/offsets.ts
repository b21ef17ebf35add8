import type { Admin } from "@platformatic/kafka";
import type { Topic } from "../../../ports/event-bus.ts";
import { parsePartition, partitionName } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import type { Topics } from "./topics.ts";

/** Offsets by the name of the partition. */
export type Offsets = ReadonlyMap<string, number>;

export interface Partition {
  readonly name: string;
  readonly topic: Topic;
  readonly index: number;
}

/** Instants that Kafka understands as an end of the log instead. */
export const END = -1n;
export const BEGINNING = -2n;

export function partitionsOf(topics: Topics, wanted: readonly Topic[]): readonly Partition[] {
  return wanted.flatMap((topic) =>
    Array.from({ length: topics.get(topic)?.partitions ?? 0 }, (_, index) => ({
      name: partitionName(topic, index),
      topic,
      index,
    })),
  );
}

/** Asks Kafka for offsets; the names of topics and groups outside of here are without their prefix. */
export class OffsetDesk {
  readonly #admin: Admin;
  readonly #config: Pick<KafkaEventBusConfig, "topicPrefix" | "groupPrefix">;

  constructor(admin: Admin, config: Pick<KafkaEventBusConfig, "topicPrefix" | "groupPrefix">) {
    this.#admin = admin;
    this.#config = config;
  }

  /** The first offset at or after `instant` (ms since 1970), `BEGINNING` or `END`; absent: there is none. */
  async at(partitions: readonly Partition[], instant: bigint): Promise<Offsets> {
    if (partitions.length === 0) return new Map();
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const listed = await this.#admin.listOffsets({
      topics: [...byTopic].map(([topic, chosen]) => ({
        name: this.#config.topicPrefix + topic,
        partitions: chosen.map(({ index }) => ({ partitionIndex: index, timestamp: instant })),
      })),
    });
    return this.#named(
      listed.map(({ name, partitions: found }) => ({
        name,
        offsets: found.map(({ partitionIndex, offset }) => ({ partitionIndex, offset })),
      })),
    );
  }

  /** Where a group stands; absent: it never confirmed anything there. */
  async committed(group: string): Promise<Offsets> {
    const groups = [this.#config.groupPrefix + group];
    const [found] = await this.#admin.listConsumerGroupOffsets({ groups });
    return this.#named(
      (found?.topics ?? []).map(({ name, partitions }) => ({
        name,
        offsets: partitions.map(({ partitionIndex, committedOffset }) => ({
          partitionIndex,
          offset: committedOffset,
        })),
      })),
    );
  }

  /** Moves a group that has no members. */
  async commit(group: string, offsets: Offsets): Promise<void> {
    const byTopic = Map.groupBy(offsets, ([name]) => parsePartition(name)?.topic);
    byTopic.delete(undefined);
    if (byTopic.size === 0) return;
    await this.#admin.alterConsumerGroupOffsets({
      groupId: this.#config.groupPrefix + group,
      topics: [...byTopic].map(([topic, chosen]) => ({
        name: `${this.#config.topicPrefix}${topic}`,
        partitionOffsets: chosen.map(([name, offset]) => ({
          partition: parsePartition(name)?.partition ?? 0,
          offset: BigInt(offset),
        })),
      })),
    });
  }

  /** Bytes that each partition takes on one of its brokers. */
  async bytes(partitions: readonly Partition[]): Promise<Offsets> {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const brokers = await this.#admin.describeLogDirs({
      topics: [...byTopic].map(([topic, chosen]) => ({
        name: this.#config.topicPrefix + topic,
        partitions: chosen.map(({ index }) => index),
      })),
    });
    return this.#named(
      brokers
        .flatMap(({ results }) => results.flatMap(({ topics }) => topics))
        .map(({ name, partitions: found }) => ({
          name,
          offsets: found.map(({ partitionIndex, partitionSize }) => ({
            partitionIndex,
            offset: partitionSize,
          })),
        })),
    );
  }

  #named(
    topics: readonly {
      readonly name: string;
      readonly offsets: readonly { readonly partitionIndex: number; readonly offset: bigint }[];
    }[],
  ): Offsets {
    const found = new Map<string, number>();
    for (const { name, offsets } of topics) {
      if (!name.startsWith(this.#config.topicPrefix)) continue;
      const topic = name.slice(this.#config.topicPrefix.length);
      for (const { partitionIndex, offset } of offsets)
        if (offset >= 0n) found.set(`${topic}-${partitionIndex}`, Number(offset));
    }
    return found;
  }
}
