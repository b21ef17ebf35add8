import type { Log } from "../../../kernel/log.ts";
import type { AlarmTransition } from "../../../model/alarm.ts";
import type { DeviceId } from "../../../model/basics.ts";
import type { AnomalyEpisode, DeviceView } from "../../../model/detection.ts";
import type {
  BusBatch,
  BusPosition,
  DeliveredRecord,
  EventBus,
  Topic,
} from "../../../ports/event-bus.ts";
import type { StreamEngine, StreamOutput } from "../../../ports/stream-engine.ts";
import { decodeAlertRecord } from "../../../wire/alert-record.ts";
import { decodeAnomalyRecord } from "../../../wire/anomaly-record.ts";
import type { FlinkStreamEngineConfig } from "./config.ts";
import { type LagDeps, measureLag } from "./flink-lag.ts";
import { createFlinkRest, type FlinkRest } from "./flink-rest.ts";
import { flinkJobSpecs, parseTitle, runsSources } from "./job-specs.ts";

export interface FlinkStreamEngineDeps {
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  /** Under which outputs are read: processes with the same name divide them among themselves. */
  readonly group: string;
  /** Next offset of every partition of these topics, asked of Kafka now. */
  readonly ends: (topics: readonly Topic[]) => Promise<BusPosition>;
  /** Records in parts of partitions, ticks aside. */
  readonly unread: LagDeps["unread"];
  /** Records of topics that a group has not confirmed. */
  readonly lag: (group: string, topics: readonly Topic[]) => Promise<number>;
  /** Before the names of topics and jobs. */
  readonly topicPrefix: string;
  /** Of the steps that this process would run itself. */
  readonly sourcesHash: string;
  readonly log: Log;
}

const outputTopics = ["anomalies", "alerts"] as const satisfies readonly Topic[];

/** Devices whose newest view is kept; beyond, the one that was told longest ago goes. */
const MAX_VIEWS = 20_000;

/**
 * The jobs inside a Flink cluster, as this process hears of them: alarm transitions from topic `alerts`, episodes
 * and views from `anomalies`. Deploying them is `deploy.ts`.
 */
export function openFlinkStreamEngine(
  config: FlinkStreamEngineConfig,
  deps: FlinkStreamEngineDeps,
): StreamEngine {
  const rest = createFlinkRest(config.url, config.requestTimeoutMs);
  const views = new Map<DeviceId, DeviceView>();
  const keep = (view: DeviceView): void => {
    views.delete(view.deviceId);
    views.set(view.deviceId, view);
    if (views.size > MAX_VIEWS) views.delete(views.keys().next().value ?? "");
  };
  return {
    capabilities: { remote: true },
    async *outputs(signal) {
      await tellOfOthers(rest, deps);
      const from = { topics: outputTopics, group: deps.group, from: null, shared: true };
      for await (const batch of deps.bus.subscribe({ ...from, signal })) {
        const output = outputOf(batch, deps.log);
        for (const view of output.views) keep(view);
        yield output;
      }
    },
    confirm: (position) => deps.bus.confirm(deps.group, position),
    view: async (deviceId) => views.get(deviceId) ?? null,
    lag: async () => ({
      records: await measureLag(rest, {
        ...deps,
        outputs: { group: deps.group, topics: outputTopics },
      }),
    }),
    close: async () => undefined,
  };
}

/** What the records of a batch say, each in the order of its device. */
function outputOf(batch: BusBatch, log: Log): StreamOutput {
  const transitions: AlarmTransition[] = [];
  const episodes: AnomalyEpisode[] = [];
  const views = new Map<DeviceId, DeviceView>();
  for (const record of batch.records) {
    try {
      const text = textOf(record);
      if (record.topic === "alerts") {
        transitions.push(decodeAlertRecord(text));
        continue;
      }
      const said = decodeAnomalyRecord(record.key, text);
      episodes.push(...said.episodes);
      if (said.view !== null) views.set(record.key, said.view);
    } catch (failure) {
      // Only our jobs write there. Whatever else does must not keep alarms from being heard.
      const { topic, partition, offset } = record;
      log.error("stream.output.skipped", { topic, partition, offset, error: String(failure) });
    }
  }
  return { transitions, episodes, views: [...views.values()], position: batch.next };
}

function textOf({ value }: DeliveredRecord): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8");
}

/** Jobs of other steps than this process has, or none, are no reason to be silent about alarms, but told. */
async function tellOfOthers(
  rest: FlinkRest,
  { topicPrefix, sourcesHash, log }: FlinkStreamEngineDeps,
): Promise<void> {
  const jobs = await rest.jobs().catch((failure: unknown) => {
    log.warn("stream.unreachable", { error: String(failure) });
    return null;
  });
  if (jobs === null) return;
  const titles = jobs
    .filter(({ state }) => state === "RUNNING")
    .flatMap(({ name }) => parseTitle(name, topicPrefix) ?? []);
  for (const { name } of flinkJobSpecs) {
    const running = titles.filter((title) => title.name === name);
    if (running.length === 0) log.warn("stream.job.missing", { job: name });
    if (running.some((title) => !runsSources(title, sourcesHash)))
      log.warn("stream.job.differs", { job: name, own: sourcesHash.slice(0, 12) });
  }
}
