import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { FlinkStreamEngineConfig } from "./config.ts";
import type { FlinkRest, ListedJob } from "./flink-rest.ts";
import type { JobOptions } from "./inside/job.ts";
import {
  type FlinkJobName,
  type FlinkJobSpec,
  flinkJobSpecs,
  type JobTitle,
  parseTitle,
  titleOf,
} from "./job-specs.ts";
import { jobFolder, newestRetained } from "./retained-checkpoints.ts";

/** How the jobs reach Kafka, and the names they use there. */
export interface JobKafka {
  /** Properties of Kafka's Java client, `bootstrap.servers` among them. */
  readonly properties: Readonly<Record<string, string>>;
  readonly topicPrefix: string;
  readonly groupPrefix: string;
  /** Of the raw topic. */
  readonly partitions: number;
}

export interface DeployDeps {
  readonly rest: FlinkRest;
  readonly clock: Clock;
  readonly log: Log;
  readonly kafka: JobKafka;
  readonly jarFile: string;
  /** Hash of the sources of the steps inside the jar. */
  readonly sourcesHash: string;
  /** Form of each job's states: with another one a job begins anew. */
  readonly stateVersions: Readonly<Record<FlinkJobName, number>>;
  /** Jobs to deploy; default: all. */
  readonly specs?: readonly FlinkJobSpec[];
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
  const restoredFrom = stopped ?? retainedOf(config, deps, spec);
  const args = argumentsOf(config, deps, spec);
  const { parallelism } = config;
  const jobId = await deps.rest.run(jarId, { args, parallelism, restoreFrom: restoredFrom });
  await waitUntilRunning(config, deps, { name: spec.name, jobId });
  deps.log.info("stream.job.deployed", { job: spec.name, jobId, restoredFrom });
  return { name: spec.name, jobId, restoredFrom };
}

/** Stops the jobs with savepoints; what was stopped goes on at the next deployment. */
export async function stopJobs(config: FlinkStreamEngineConfig, deps: DeployDeps): Promise<void> {
  await Promise.all((deps.specs ?? flinkJobSpecs).map((spec) => stopJob(config, deps, spec)));
}

/** Answers the savepoint that this version can go on from; null: there is none. */
async function stopJob(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  spec: FlinkJobSpec,
): Promise<string | null> {
  let savepoint: string | null = null;
  for (const { job, title } of await jobsOf(deps, spec)) {
    const isSameForm = title.stateVersion === deps.stateVersions[spec.name];
    if (job.state === "RUNNING" && isSameForm) {
      savepoint = await stopWithSavepoint(config, deps, { spec, job });
    }
    if (savepoint === null) await deps.rest.cancel(job.id);
    await waitUntil(config, deps, {
      what: `stop the job ${spec.name}`,
      done: async () => (await jobsOf(deps, spec)).every((other) => other.job.id !== job.id),
    });
  }
  return savepoint;
}

/** A job that cannot take a savepoint now is cancelled instead: its newest checkpoint is as good. */
async function stopWithSavepoint(
  config: FlinkStreamEngineConfig,
  deps: DeployDeps,
  { spec, job }: { readonly spec: FlinkJobSpec; readonly job: ListedJob },
): Promise<string | null> {
  const { rest, log } = deps;
  const folder = folderOf(config, deps, spec);
  try {
    const { trigger } = await rest.stop(job.id, folder === null ? null : `file://${folder}`);
    let path: string | null = null;
    await waitUntil(config, deps, {
      what: `take a savepoint of the job ${spec.name}`,
      done: async () => {
        ({ path } = await rest.savepoint(job.id, trigger));
        return path !== null;
      },
    });
    return path;
  } catch (failure) {
    log.warn("stream.savepoint.failed", { job: spec.name, error: String(failure) });
    return null;
  }
}

const ended = new Set(["FINISHED", "CANCELED", "FAILED"]);

/** Jobs of this name and plant that have not ended. */
async function jobsOf(
  { rest, kafka }: DeployDeps,
  spec: FlinkJobSpec,
): Promise<readonly { readonly job: ListedJob; readonly title: JobTitle }[]> {
  return (await rest.jobs()).flatMap((job) => {
    const title = ended.has(job.state) ? null : parseTitle(job.name, kafka.topicPrefix);
    return title?.name === spec.name ? [{ job, title }] : [];
  });
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
  { checkpointFolder }: FlinkStreamEngineConfig,
  { kafka, stateVersions }: DeployDeps,
  { name }: FlinkJobSpec,
): string | null {
  if (checkpointFolder === null) return null;
  return jobFolder(checkpointFolder, kafka.topicPrefix + name, stateVersions[name]);
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
      if (ended.has(state)) {
        const reason = await rest.failure(jobId);
        throw new IaiError("STREAM_REFUSED", `Cannot start the job ${name}: ${reason ?? state}`);
      }
      return state === "RUNNING" && tasks.every((task) => task === "RUNNING");
    },
  });
}

const ASK_EVERY_MS = 200;

async function waitUntil(
  { deployTimeoutMs }: FlinkStreamEngineConfig,
  { clock }: DeployDeps,
  { what, done }: { readonly what: string; readonly done: () => Promise<boolean> },
): Promise<void> {
  const until = clock.monotonic() + deployTimeoutMs;
  while (!(await done())) {
    if (clock.monotonic() > until) {
      const message = `Cannot ${what}: not done within ${deployTimeoutMs} ms; what was asked for stays asked for`;
      throw new IaiError("STREAM_REFUSED", message);
    }
    await clock.sleep(ASK_EVERY_MS);
  }
}
