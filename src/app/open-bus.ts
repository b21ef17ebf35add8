import type { EmbeddedEventBus } from "../backends/event-bus/embedded/embedded-event-bus.ts";
import type { KafkaEventBus } from "../backends/event-bus/kafka/kafka-event-bus.ts";
import { ALERT_GROUP } from "../pipeline/alert/apply-transitions.ts";
import { ARCHIVE_GROUP } from "../pipeline/archive/telemetry-archiver.ts";
import { DEAD_LETTERS_GROUP } from "../pipeline/ingest/dead-letters.ts";
import type { BusPosition, EventBus, Topic } from "../ports/event-bus.ts";

/** The bus, and how far its groups have come. */
export interface OpenBus {
  readonly bus: EventBus;
  /** Records of some topics that a group has still to read; ticks do not count where there are several processes. */
  readonly lag: (group: string, topics: readonly Topic[]) => Promise<number>;
  /** Next offset of every partition of some topics, asked now. */
  readonly ends: (topics: readonly Topic[]) => Promise<BusPosition>;
  /** Records in parts of partitions, counted in the same way. */
  readonly unread: (ranges: {
    readonly from: BusPosition;
    readonly to: BusPosition;
  }) => Promise<number>;
}

/** Who must have read what before Kafka may delete it. */
export const guardedGroups = [
  { group: ARCHIVE_GROUP, topics: ["raw_sensor_data"] },
  { group: ALERT_GROUP, topics: ["alerts", "anomalies"] },
  { group: "anomaly-detection", topics: ["raw_sensor_data", "control"] },
  { group: "metrics-aggregation", topics: ["raw_sensor_data"] },
  { group: "alert-deduplication", topics: ["anomalies"] },
  { group: DEAD_LETTERS_GROUP, topics: ["dead_letters"] },
] as const;

/** One log of one process, which is asked how far it is without leaving the process. */
export function openOwnLog(log: EmbeddedEventBus): OpenBus {
  return {
    bus: log,
    lag: async (group) => log.lag(group) ?? log.end() - 1,
    ends: async () => (await log.health()).end,
    unread: async ({ from, to }) =>
      Object.entries(to).reduce((sum, [name, end]) => sum + end - (from[name] ?? 0), 0),
  };
}

export function openSharedBus(bus: KafkaEventBus): OpenBus {
  const unread: OpenBus["unread"] = (ranges) => bus.unread(ranges);
  return {
    bus,
    unread,
    lag: async (group, topics) => {
      const { partitions } = await bus.lag(group, topics);
      const from = partitions.map(({ partition, end, records }) => [partition, end - records]);
      const to = partitions.map(({ partition, end }) => [partition, end]);
      return await unread({ from: Object.fromEntries(from), to: Object.fromEntries(to) });
    },
    ends: async (topics) => {
      const { partitions } = await bus.lag(ALERT_GROUP, topics);
      return Object.fromEntries(partitions.map(({ partition, end }) => [partition, end]));
    },
  };
}
