import { IaiError } from "../../../kernel/errors.ts";
import type { FlinkStreamEngineConfig } from "./config.ts";
import type { JobOptions } from "./inside/job.ts";
import { type FlinkJobName, type FlinkJobSpec, flinkJobSpecs, titleOf } from "./job-specs.ts";
import { newestRetained } from "./retained-checkpoints.ts";
import { folderOfJob, isOver, type StopDeps, stopJob, waitUntil } from "./stop-jobs.ts";

/** How the jobs reach Kafka, and the names they use there. */
export interface JobKafka {
  /** Properties of Kafka's Java client, `bootstrap.servers` among them. */
  readonly properties: Readonly<Record<string, string>>;
  readonly topicPrefix: string;
  readonly groupPrefix: string;
  /** Of the raw topic. */
  readonly partitions: number;
}

export interface DeployDeps extends StopDeps {
  readonly kafka: JobKafka;
  readonly jarFile: string;
  /** Hash of the sources of the steps inside the jar. */
  readonly sourcesHash: string;
  /** Form of each job's states: with another one a job begins anew. */
  readonly stateVersions: Readonly<Record<FlinkJobName, number>>;
}

export interface DeployedJob {
  readonly name: FlinkJobName;
  readonly jobId: string;
  /** What it goes on from; null: it reads its inputs from the beginning. */
  readonly restoredFrom: string | null;
}

/**
 * Brings the three jobs to this version. What runs is stopped with a savepoint and goes on from it; a job that
 * does not run goes on from its newest retained checkpoint. Resolves when all tasks run.
 */
export async function deployJobs(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
): Promise<readonly DeployedJob[]> {
  const jarId = await deps.rest.upload(deps.jarFile);
  try {
    const specs = deps.specs ?? flinkJobSpecs;
    // Side by side: none stands still longer than it must. What could be deployed is, also when one could not.
    const done = await Promise.allSettled(
      specs.map((spec) => deployJob(config, deps, { spec, jarId })),
    );
    return done.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
  } finally {
    await deps.rest.deleteJar(jarId).catch(() => undefined);
  }
}

async function deployJob(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  { spec, jarId }: { readonly spec: FlinkJobSpec; readonly jarId: string },
): Promise<DeployedJob> {
  const stopped = await stopJob(config, deps, spec);
  const version = deps.stateVersions[spec.name];
  // States of another form are of no use to this version: then a job begins anew.
  const isSameForm = stopped?.stateVersion === version;
  const savepoint = isSameForm ? (stopped?.savepoint ?? null) : null;
  const restoredFrom = savepoint ?? retainedOf(config, deps, spec);
  const args = argumentsOf(config, deps, spec);
  const { parallelism } = config;
  const jobId = await deps.rest.run(jarId, { args, parallelism, restoreFrom: restoredFrom });
  await waitUntilRunning(config, deps, { name: spec.name, jobId });
  deps.log.info("stream.job.deployed", { job: spec.name, jobId, restoredFrom });
  return { name: spec.name, jobId, restoredFrom };
}

function retainedOf(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  spec: FlinkJobSpec,
): string | null {
  const folder = folderOf(config, deps, spec);
  return folder === null ? null : newestRetained(folder);
}

function folderOf(
  config: FlinkStreamEngineConfig,
  { kafka, stateVersions }: DeployDeps,
  { name }: FlinkJobSpec,
): string | null {
  return folderOfJob(config, kafka.topicPrefix, { name, stateVersion: stateVersions[name] });
}

/** What `flink/iai/IaiJob.java` reads. */
function argumentsOf(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  spec: FlinkJobSpec,
): readonly string[] {
  const { kafka, sourcesHash, stateVersions } = deps;
  const { topicPrefix: prefix, partitions } = kafka;
  const { name } = spec;
  const options: JobOptions = {
    partitions,
    idleMs: config.idleMs,
    viewEveryMs: config.viewEveryMs,
    keepMs: config.keepMinutesMs,
    refreshMs: config.refreshMinutesMs,
  };
  const topicsOf = (letters: Readonly<Record<string, string>>): string =>
    Object.entries(letters)
      .map(([letter, topic]) => `${letter}:${prefix}${topic}`)
      .join(",");
  const folder = folderOf(config, deps, spec);
  const title = titleOf({ prefix, name, stateVersion: stateVersions[name], sources: sourcesHash });
  return [
    `job=${name}`,
    `name=${title}`,
    `group=${kafka.groupPrefix}${name}`,
    `inputs=${topicsOf(spec.inputs)}`,
    `outputs=${topicsOf(spec.outputs)}`,
    `checkpointMs=${config.checkpointEveryMs}`,
    ...(folder === null ? [] : [`checkpointDir=file://${folder}`]),
    `options=${JSON.stringify(options)}`,
    `partitions=${partitions}`,
    ...Object.entries(kafka.properties).map(([key, value]) => `kafka.${key}=${value}`),
  ];
}

async function waitUntilRunning(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  { name, jobId }: { readonly name: string; readonly jobId: string },
): Promise<void> {
  const { rest } = deps;
  await waitUntil(config, deps, {
    what: `start the job ${name}`,
    done: async () => {
      const { state, tasks } = await rest.standing(jobId);
      if (isOver(state)) {
        const reason = await rest.failure(jobId);
        throw new IaiError("STREAM_REFUSED", `Cannot start the job ${name}: ${reason ?? state}`);
      }
      return state === "RUNNING" && tasks.every((task) => task === "RUNNING");
    },
  });
}
