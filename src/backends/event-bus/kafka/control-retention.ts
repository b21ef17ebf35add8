import type { Admin } from "@platformatic/kafka";
import type { Log } from "../../../kernel/log.ts";
import { isRefusal, reasonOf } from "./errors.ts";

export interface TopicSetting {
  readonly name: string;
  readonly value: string;
}

/**
 * Rules, limits and modes decide until others take their place, however old they are; and steps that begin anew
 * need all of them in order, so neither time nor size nor compaction may take one away.
 */
export const forEver: readonly TopicSetting[] = [
  { name: "cleanup.policy", value: "delete" },
  { name: "retention.ms", value: "-1" },
  { name: "retention.bytes", value: "-1" },
];

/** Kafka's number for a topic among the things that have a configuration. */
export const TOPIC_RESOURCE = 2;

/** Kafka's number for giving a setting a value. */
const SET = 0;

/**
 * Sets a topic that is there already to be kept for ever. A user without the right to is warned of it and goes on:
 * a fresh deployment tells the steps again what is in force.
 */
export async function keepForEver(admin: Admin, topic: string, log: Log): Promise<void> {
  const resource = { resourceType: TOPIC_RESOURCE, resourceName: topic } as const;
  try {
    const configurationKeys = forEver.map(({ name }) => name);
    const [found] = await admin.describeConfigs({
      resources: [{ ...resource, configurationKeys }],
    });
    const known = new Map((found?.configs ?? []).map(({ name, value }) => [name, value]));
    const wrong = forEver.filter(({ name, value }) => known.get(name) !== value);
    if (wrong.length === 0) return;
    const configs = wrong.map((setting) => ({ ...setting, configOperation: SET }) as const);
    await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs }] });
    const before = Object.fromEntries(wrong.map(({ name }) => [name, known.get(name) ?? null]));
    log.info("bus.topic.kept_for_ever", { topic, ...before });
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    log.warn("bus.topic.bounded", { topic, error: reasonOf(failure) });
  }
}
