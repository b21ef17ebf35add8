import type { Consumer } from "@platformatic/kafka";
import type { Topic } from "../../../ports/event-bus.ts";
import { type FetchedBatch, partitionName } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import type { Partition } from "./offsets.ts";

/** What one broker has of one partition. */
export interface FetchedPartition {
  readonly name: string;
  readonly topic: Topic;
  /** The offset that was asked for. */
  readonly from: number;
  readonly batches: readonly FetchedBatch[];
}

export interface FetchResult {
  readonly broker: number;
  /** What was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  readonly partitions: readonly FetchedPartition[];
  /** null: it was answered. */
  readonly failure: unknown;
}

export interface FetcherOptions {
  readonly config: KafkaEventBusConfig;
  readonly topics: readonly Topic[];
  readonly onResult: (result: FetchResult) => void;
}

/** Asks each broker for the partitions that it leads, with at most one request under way to each. */
export class Fetcher {
  readonly #consumer: Consumer;
  readonly #options: FetcherOptions;
  readonly #names: readonly string[];
  readonly #busy = new Set<number>();

  constructor(consumer: Consumer, options: FetcherOptions) {
    this.#consumer = consumer;
    this.#options = options;
    this.#names = options.topics.map((topic) => options.config.topicPrefix + topic);
    consumer.topics.trackAll(...this.#names);
  }

  /** Begins what can be begun; results come by `onResult`. */
  async begin(
    partitions: readonly Partition[],
    positions: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { topics } = await this.#consumer.metadata({ topics: [...this.#names] });
    const byBroker = Map.groupBy(partitions, ({ topic, index }) => {
      const known = topics.get(this.#options.config.topicPrefix + topic);
      return known?.partitions[index]?.leader ?? -1;
    });
    for (const [broker, led] of byBroker) {
      if (broker < 0) throw new Error(`Kafka has no leader for ${led[0]?.name} now`);
      if (this.#busy.has(broker)) continue;
      const idOf = (topic: Topic): string =>
        topics.get(this.#options.config.topicPrefix + topic)?.id ?? "";
      this.#fetch({ broker, partitions: led, positions, idOf });
    }
  }

  #fetch(request: {
    readonly broker: number;
    readonly partitions: readonly Partition[];
    readonly positions: ReadonlyMap<string, number>;
    readonly idOf: (topic: Topic) => string;
  }): void {
    const { broker, partitions, positions, idOf } = request;
    const { config, onResult } = this.#options;
    const asked = new Map(partitions.map(({ name }) => [name, positions.get(name) ?? 0]));
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const topicOf = new Map([...byTopic.keys()].map((topic) => [idOf(topic), topic] as const));
    this.#busy.add(broker);
    const told = (found: Pick<FetchResult, "partitions" | "failure">): void => {
      this.#busy.delete(broker);
      onResult({ broker, asked, ...found });
    };
    this.#consumer
      .fetch({
        node: broker,
        maxWaitTime: config.fetchWaitMs,
        minBytes: 1,
        maxBytes: config.fetchBytes,
        topics: [...byTopic].map(([topic, chosen]) => ({
          topicId: idOf(topic),
          partitions: chosen.map(({ index, name }) => ({
            partition: index,
            fetchOffset: BigInt(asked.get(name) ?? 0),
            partitionMaxBytes: config.fetchBytes,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          })),
        })),
      })
      .then(
        ({ responses }) => {
          const found = responses.flatMap(({ topicId, partitions: given }) => {
            const topic = topicOf.get(topicId);
            if (topic === undefined) return [];
            return given.map(({ partitionIndex, records }) => {
              const name = partitionName(topic, partitionIndex);
              return { name, topic, from: asked.get(name) ?? 0, batches: records ?? [] };
            });
          });
          told({ partitions: found, failure: null });
        },
        (failure: unknown) => told({ partitions: [], failure }),
      );
  }
}
