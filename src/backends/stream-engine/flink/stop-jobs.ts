import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { FlinkStreamEngineConfig } from "./config.ts";
import type { FlinkRest, ListedJob } from "./flink-rest.ts";
import {
  type FlinkJobName,
  type FlinkJobSpec,
  flinkJobSpecs,
  type JobTitle,
  parseTitle,
} from "./job-specs.ts";
import { jobFolder } from "./retained-checkpoints.ts";

export interface StopDeps {
  readonly rest: FlinkRest;
  readonly clock: Clock;
  readonly log: Log;
  readonly kafka: { readonly topicPrefix: string };
  /** Jobs to work on; default: all. */
  readonly specs?: readonly FlinkJobSpec[];
}

export interface StoppedJob {
  readonly name: FlinkJobName;
  readonly jobId: string;
  /** Form of its states. */
  readonly stateVersion: number;
  /** What it goes on from; null: none could be taken, its newest checkpoint is as good. */
  readonly savepoint: string | null;
}

/**
 * Stops the jobs, each with a savepoint; one that cannot take one is cancelled. The next deployment goes on from
 * there. Answers those that ran.
 */
export async function stopJobs(
  config: FlinkStreamEngineConfig,
  deps: StopDeps,
): Promise<readonly StoppedJob[]> {
  const specs = deps.specs ?? flinkJobSpecs;
  const stopped = await Promise.all(specs.map((spec) => stopJob(config, deps, spec)));
  return stopped.filter((job) => job !== null);
}

/** null: no job of this name runs. Of several, which only somebody else can have started, the last one is told. */
export async function stopJob(
  config: FlinkStreamEngineConfig,
  deps: StopDeps,
  spec: FlinkJobSpec,
): Promise<StoppedJob | null> {
  let stopped: StoppedJob | null = null;
  for (const { job, title } of await jobsOf(deps, spec)) {
    const isRunning = job.state === "RUNNING";
    const savepoint = isRunning ? await stopWithSavepoint(config, deps, { job, title }) : null;
    if (savepoint === null) await deps.rest.cancel(job.id);
    await waitUntil(config, deps, {
      what: `stop the job ${spec.name}`,
      done: async () => (await jobsOf(deps, spec)).every((other) => other.job.id !== job.id),
    });
    const { stateVersion } = title;
    stopped = { name: spec.name, jobId: job.id, stateVersion, savepoint };
  }
  return stopped;
}

/** A job that cannot take a savepoint now is cancelled instead: its newest checkpoint is as good. */
async function stopWithSavepoint(
  config: FlinkStreamEngineConfig,
  deps: StopDeps,
  { job, title }: { readonly job: ListedJob; readonly title: JobTitle },
): Promise<string | null> {
  const { rest, log, kafka } = deps;
  const folder = folderOfJob(config, kafka.topicPrefix, title);
  try {
    const { trigger } = await rest.stop(job.id, folder === null ? null : `file://${folder}`);
    let path: string | null = null;
    await waitUntil(config, deps, {
      what: `take a savepoint of the job ${title.name}`,
      done: async () => {
        ({ path } = await rest.savepoint(job.id, trigger));
        return path !== null;
      },
    });
    return path;
  } catch (failure) {
    log.warn("stream.savepoint.failed", { job: title.name, error: String(failure) });
    return null;
  }
}

const ended = new Set(["FINISHED", "CANCELED", "FAILED"]);

export function isOver(state: string): boolean {
  return ended.has(state);
}

/** Jobs of this name and plant that have not ended. */
async function jobsOf(
  { rest, kafka }: StopDeps,
  spec: FlinkJobSpec,
): Promise<readonly { readonly job: ListedJob; readonly title: JobTitle }[]> {
  return (await rest.jobs()).flatMap((job) => {
    const title = isOver(job.state) ? null : parseTitle(job.name, kafka.topicPrefix);
    return title?.name === spec.name ? [{ job, title }] : [];
  });
}

/** Where a job keeps what it goes on from; null: where the cluster puts it. */
export function folderOfJob(
  { checkpointFolder }: FlinkStreamEngineConfig,
  prefix: string,
  { name, stateVersion }: Pick<JobTitle, "name" | "stateVersion">,
): string | null {
  return checkpointFolder === null
    ? null
    : jobFolder(checkpointFolder, prefix + name, stateVersion);
}

const ASK_EVERY_MS = 200;

export async function waitUntil(
  { deployTimeoutMs }: FlinkStreamEngineConfig,
  { clock }: Pick<StopDeps, "clock">,
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
