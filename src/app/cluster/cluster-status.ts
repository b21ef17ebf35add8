import { createFlinkRest, type FlinkRest } from "../../backends/stream-engine/flink/flink-rest.ts";
import { parseTitle, runsSources } from "../../backends/stream-engine/flink/job-specs.ts";
import { asIaiError, IaiError } from "../../kernel/errors.ts";
import type { EpochMs } from "../../model/basics.ts";
import { ALERT_GROUP } from "../../pipeline/alert/apply-transitions.ts";
import { ARCHIVE_GROUP } from "../../pipeline/archive/telemetry-archiver.ts";
import { DEAD_LETTERS_GROUP } from "../../pipeline/ingest/dead-letters.ts";
import type { Topic } from "../../ports/event-bus.ts";
import type { Config } from "../config/schema.ts";
import { stepSourcesHash } from "../jobs/step-sources-hash.ts";
import type { Foundation } from "../runtime/foundation.ts";
import { listPresences, type Presence } from "../runtime/presence.ts";

export interface GroupStanding {
  readonly group: string;
  /** Records it has still to read; null: Kafka did not say. */
  readonly lag: number | null;
}

export interface JobStanding {
  readonly name: string;
  readonly state: string;
  readonly startedAt: EpochMs;
  /** When its newest checkpoint was complete; null: none yet. */
  readonly checkpointAt: EpochMs | null;
  /** False: it runs other steps than this version; `iai cluster deploy` mends it. */
  readonly isCurrent: boolean;
}

export interface ClusterStatus {
  readonly processes: readonly Presence[];
  readonly groups: readonly GroupStanding[];
  readonly flinkVersion: string | null;
  readonly jobs: readonly JobStanding[];
  /** What could not be asked, in words. */
  readonly troubles: readonly string[];
}

const groups: readonly (readonly [string, readonly Topic[]])[] = [
  [ARCHIVE_GROUP, ["raw_sensor_data"]],
  ["anomaly-detection", ["raw_sensor_data"]],
  ["alert-deduplication", ["anomalies"]],
  ["metrics-aggregation", ["raw_sensor_data"]],
  [ALERT_GROUP, ["alerts"]],
  [DEAD_LETTERS_GROUP, ["dead_letters"]],
];

/** Roles, lags, jobs and checkpoints; a server that is away leaves its part empty and says so. */
export async function clusterStatus(
  { records, lag, clock }: Pick<Foundation, "records" | "lag" | "clock">,
  config: Config,
): Promise<ClusterStatus> {
  const { streamEngine, eventBus } = config;
  if (streamEngine.kind !== "flink" || eventBus.kind !== "kafka")
    throw new IaiError("INTERNAL", "Cannot tell the status: the configuration was not checked");
  const troubles: string[] = [];
  const tried = async <T>(action: string, work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (failure) {
      troubles.push(asIaiError(failure, action).message);
      return otherwise;
    }
  };
  const rest = createFlinkRest(streamEngine.url, streamEngine.requestTimeoutMs);
  const [processes, standings, flinkVersion, jobs] = await Promise.all([
    tried("list the processes", listPresences(records, clock.now()), []),
    Promise.all(
      groups.map(async ([group, topics]) => ({
        group,
        lag: await tried<number | null>(`ask for the lag of ${group}`, lag(group, topics), null),
      })),
    ),
    tried<string | null>("ask Flink", rest.version(), null),
    tried("ask Flink for its jobs", jobsOf(rest, eventBus.topicPrefix), []),
  ]);
  return { processes, groups: standings, flinkVersion, jobs, troubles: [...new Set(troubles)] };
}

async function jobsOf(rest: FlinkRest, prefix: string): Promise<readonly JobStanding[]> {
  const hash = stepSourcesHash();
  const found = (await rest.jobs()).flatMap((job) => {
    const title = parseTitle(job.name, prefix);
    return title === null ? [] : [{ job, title }];
  });
  const newest = found.filter(
    ({ job, title }) =>
      !found.some(
        (other) => other.title.name === title.name && other.job.startedAt > job.startedAt,
      ),
  );
  return await Promise.all(
    newest.map(async ({ job, title }) => ({
      name: title.name,
      state: job.state,
      startedAt: job.startedAt,
      checkpointAt: (await rest.checkpoints(job.id)).latest?.at ?? null,
      isCurrent: runsSources(title, hash),
    })),
  );
}
