import type { KafkaEventBusConfig } from "../../backends/event-bus/kafka/config.ts";
import type { FlinkStreamEngineConfig } from "../../backends/stream-engine/flink/config.ts";
import { type DeployedJob, deployJobs } from "../../backends/stream-engine/flink/deploy.ts";
import { createFlinkRest } from "../../backends/stream-engine/flink/flink-rest.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import type { Ms } from "../../model/basics.ts";
import { openControlJournal } from "../../pipeline/ingest/control-journal.ts";
import { openDeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import { encodeControl } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import { dataDirAt, lockDataDir } from "../data-dir.ts";
import { type BuiltJobs, buildJobs, shippedJobs } from "../jobs/built-jobs.ts";
import { stateVersions } from "../jobs/state-versions.ts";
import { type Foundation, openFoundation } from "../runtime/foundation.ts";
import { stageInForce } from "../runtime/in-force.ts";
import { requireSharedBackends } from "../runtime/shared-backends.ts";
import { settingsOf } from "../runtime/step-settings.ts";
import { javaKafkaProperties } from "./kafka-properties.ts";
import { untilCarried, untilTopics } from "./until-bus.ts";

export interface DeployClusterOptions {
  readonly config: Config;
  /** Folder with the jars of the Flink cluster, to compile against; null: the jobs came built with this version. */
  readonly flinkLib: string | null;
  readonly log: Log;
  readonly say: (line: string) => void;
}

/** Kafka has this long to answer, and what is in the outbox to reach it. */
const BUS_LIMIT_MS: Ms = 60_000;

/**
 * Brings the jobs to this version: topics, jar, jobs. Steps that begin anew are told again what is in force, since
 * what was set longer ago than the topics keep would never reach them.
 */
export async function deployCluster(
  options: DeployClusterOptions,
): Promise<readonly DeployedJob[]> {
  const { config, log, say } = options;
  const { eventBus, streamEngine } = config;
  requireSharedBackends(config);
  if (eventBus.kind !== "kafka" || streamEngine.kind !== "flink")
    throw new IaiError("INTERNAL", "Cannot deploy: the configuration was not checked");
  const dir = dataDirAt(config.dataDir);
  const lock = lockDataDir(dir);
  const life = new Lifecycle(log);
  try {
    const onFatal = (failure: IaiError): void =>
      log.error("cluster.failed", { error: failure.message });
    const foundation = await openFoundation({ config, dir, log, life, onFatal });
    await untilTopics(foundation.bus, BUS_LIMIT_MS);
    const { jarFile, sourcesHash } = await jobsOf(options.flinkLib, dir.root, say);
    say(`deploying to ${streamEngine.url} ...`);
    const jobs = await deployTo({
      eventBus,
      streamEngine,
      log,
      jarFile,
      sourcesHash,
    });
    if (jobs.some(({ restoredFrom }) => restoredFrom === null))
      await tellInForce(foundation, config, log);
    return jobs;
  } finally {
    await life.close();
    lock.release();
  }
}

async function jobsOf(
  flinkLib: string | null,
  folder: string,
  say: (line: string) => void,
): Promise<BuiltJobs> {
  if (flinkLib === null) return shippedJobs();
  say("building the jobs ...");
  return await buildJobs(flinkLib, folder);
}

async function deployTo(given: {
  readonly eventBus: KafkaEventBusConfig;
  readonly streamEngine: FlinkStreamEngineConfig;
  readonly log: Log;
  readonly jarFile: string;
  readonly sourcesHash: string;
}): Promise<readonly DeployedJob[]> {
  const { eventBus, streamEngine, log, jarFile, sourcesHash } = given;
  const { topicPrefix, groupPrefix, partitions } = eventBus;
  const properties = await javaKafkaProperties(eventBus, log);
  return await deployJobs(streamEngine, {
    rest: createFlinkRest(streamEngine.url, streamEngine.requestTimeoutMs),
    clock: systemClock,
    log,
    kafka: { properties, topicPrefix, groupPrefix, partitions },
    jarFile,
    sourcesHash,
    stateVersions,
  });
}

/** Settings, rules and devices once more, carried to Kafka before this process ends. */
async function tellInForce(
  { records, durableLog, bus, clock, ids }: Foundation,
  config: Config,
  log: Log,
): Promise<void> {
  const control = await openControlJournal({
    records,
    bus: durableLog,
    clock,
    encode: encodeControl,
  });
  const onChange = (): void => undefined;
  const registry = await openDeviceRegistry({ records, control, clock, ids, log, onChange });
  const settings = settingsOf(config);
  await stageInForce({ records, control, settings, devices: registry.list() });
  await untilCarried(bus, BUS_LIMIT_MS);
}
