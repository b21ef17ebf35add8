import type { Admin } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Topic } from "../../../ports/event-bus.ts";
import { busTopics } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { forEver, keepForEver, TOPIC_RESOURCE, type TopicSetting } from "./control-retention.ts";
import { isThereAlready } from "./errors.ts";
import type { LinkStates } from "./link-states.ts";

export interface TopicFacts {
  readonly partitions: number;
  /** null: for ever. */
  readonly retentionMs: Ms | null;
  /** Of one partition; null: without limit. */
  readonly retentionBytes: number | null;
}

export type Topics = ReadonlyMap<Topic, TopicFacts>;

export interface TopicsDeps {
  readonly config: KafkaEventBusConfig;
  readonly admin: Admin;
  readonly links: LinkStates;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Waits for Kafka as long as it takes, makes the topics that are not there; null: the signal aborted first. */
export async function prepareTopics(deps: TopicsDeps): Promise<Topics | null> {
  const { config, links, clock, signal } = deps;
  const policy = { baseMs: 100, maxMs: config.retryMaxMs, attempts: null };
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await createMissing(deps);
      await keepControlForEver(deps);
      const topics = await factsOf(deps);
      links.works("topics");
      return topics;
    } catch (failure) {
      if (signal.aborted) break;
      links.fails("topics", failure);
      await clock.sleep(backoffMs(policy, attempt, 0.5), signal);
    }
  }
  return null;
}

/** Few records, and those of `control` in one order. */
const inOneOrder: ReadonlySet<Topic> = new Set(["control", "dead_letters"]);

function boundedBy({ retentionMs, retentionBytes }: KafkaEventBusConfig): readonly TopicSetting[] {
  return [
    { name: "retention.ms", value: String(retentionMs) },
    { name: "retention.bytes", value: String(retentionBytes) },
  ];
}

async function createMissing({ config, admin, log }: TopicsDeps): Promise<void> {
  const there = new Set(await admin.listTopics());
  for (const topic of busTopics) {
    const name = config.topicPrefix + topic;
    if (there.has(name)) continue;
    const partitions = inOneOrder.has(topic) ? 1 : config.partitions;
    try {
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: config.replicas ?? -1,
        configs: [
          ...(topic === "control" ? forEver : boundedBy(config)),
          // Retention counts from the arrival here, however long a record waited in its outbox.
          { name: "message.timestamp.type", value: "LogAppendTime" },
        ],
      });
      log.info("bus.topic.created", { topic: name, partitions });
    } catch (failure) {
      if (!isThereAlready(failure)) throw failure;
    }
  }
}

/** A plant that was set up when `control` was bounded is mended at its next start. */
async function keepControlForEver({ config, admin, log }: TopicsDeps): Promise<void> {
  await keepForEver(admin, `${config.topicPrefix}control`, log);
}

async function factsOf(deps: TopicsDeps): Promise<Topics> {
  const { config, admin } = deps;
  const names = busTopics.map((topic) => config.topicPrefix + topic);
  const { topics } = await admin.metadata({ topics: names, forceUpdate: true });
  const limits = await limitsOf(deps, names);
  return new Map(
    busTopics.map((topic) => {
      const name = config.topicPrefix + topic;
      const partitions = topics.get(name)?.partitionsCount ?? 0;
      if (partitions === 0) throw new Error(`Kafka does not know the topic "${name}" yet`);
      const limit = (key: string, otherwise: number): number | null => {
        const value = limits.get(`${name} ${key}`) ?? otherwise;
        return value < 0 ? null : value;
      };
      const retentionMs = limit("retention.ms", config.retentionMs);
      const retentionBytes = limit("retention.bytes", config.retentionBytes);
      return [topic, { partitions, retentionMs, retentionBytes }] as const;
    }),
  );
}

/** What Kafka really keeps; a user without the right to ask is taken at the configuration's word. */
async function limitsOf(
  { admin, log }: TopicsDeps,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const configurationKeys = ["retention.ms", "retention.bytes"];
  try {
    const described = await admin.describeConfigs({
      resources: names.map((resourceName) => ({
        resourceType: TOPIC_RESOURCE,
        resourceName,
        configurationKeys,
      })),
    });
    return new Map(
      described.flatMap(({ resourceName, configs }) =>
        configs.map(({ name, value }) => [`${resourceName} ${name}`, Number(value)] as const),
      ),
    );
  } catch (failure) {
    log.warn("bus.retention.unknown", { error: String(failure) });
    return new Map();
  }
}
