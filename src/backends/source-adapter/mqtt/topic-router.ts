import type { EpochMs } from "../../../model/basics.ts";
import { placeOf, sparkplugFilters } from "./sparkplug-topic.ts";
import type { PayloadConfig, TopicConfig } from "./topic-config.ts";
import { compileTemplate, type TopicValues } from "./topic-template.ts";

/** What a topic means. */
export interface Route {
  readonly payload: PayloadConfig;
  readonly values: TopicValues;
  /** The template that fitted. */
  readonly template: string;
  /**
   * The time of a message that carries none. Never the same twice on one topic: a backlog arrives within a
   * millisecond, and two values of one time would be a conflict.
   */
  stamp(now: EpochMs): EpochMs;
}

/** Finds what a topic means; the first template that fits counts. */
export interface TopicRouter {
  readonly filters: readonly string[];
  /** null: no template fits. */
  route(topic: string): Route | null;
}

/** Topics remembered at most; senders that make up ever new ones must not fill the memory. */
const REMEMBERED_MAX = 20_000;

export function createTopicRouter(topics: readonly TopicConfig[]): TopicRouter {
  const compiled = topics.map(({ template: text, payload }) => {
    if (payload.kind === "sparkplug") {
      const match = (topic: string): TopicValues | null => placeOf(topic, text)?.values ?? null;
      return { text, match, filters: sparkplugFilters(text), payload };
    }
    const { match, filter } = compileTemplate(text);
    return { text, match, filters: [filter], payload };
  });
  const remembered = new Map<string, Route>();
  const find = (topic: string): Route | null => {
    for (const { text: template, match, payload } of compiled) {
      const values = match(topic);
      if (values === null) continue;
      let last = Number.NEGATIVE_INFINITY;
      const stamp = (now: EpochMs): EpochMs => {
        last = Math.max(Math.floor(now), last + 1);
        return last;
      };
      return { payload, values, template, stamp };
    }
    return null;
  };
  return {
    filters: [...new Set(compiled.flatMap(({ filters }) => filters))],
    route: (topic) => {
      const known = remembered.get(topic);
      if (known !== undefined) return known;
      const route = find(topic);
      if (route === null) return null;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(topic, route);
      return route;
    },
  };
}
