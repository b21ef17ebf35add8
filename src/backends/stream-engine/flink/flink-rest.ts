import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import type { Ms } from "../../../model/basics.ts";
import { flinkRefusal } from "./errors.ts";
import { createFlinkHttp, type Json } from "./flink-http.ts";
import { nextOffsetsOf } from "./flink-offsets.ts";

/** One job as the job manager lists it. */
export interface ListedJob {
  readonly id: string;
  readonly name: string;
  /** `RUNNING`, `RESTARTING`, `FAILED`, … */
  readonly state: string;
  readonly startedAt: number;
}

export interface RunOptions {
  readonly args: readonly string[];
  readonly parallelism: number;
  /** Checkpoint or savepoint to go on from; null: from the beginning of its inputs. */
  readonly restoreFrom: string | null;
}

export interface CheckpointFacts {
  readonly completed: number;
  readonly failed: number;
  readonly latest: {
    readonly id: number;
    readonly at: number;
    readonly tookMs: number;
    readonly bytes: number;
    readonly path: string | null;
  } | null;
  /** Where this run began; null: from the beginning. */
  readonly restoredFrom: string | null;
}

/** The REST interface of a job manager, as far as it is needed. Every call fails with a code of ours. */
export interface FlinkRest {
  version(): Promise<string>;
  slots(): Promise<{
    readonly total: number;
    readonly free: number;
    readonly taskManagers: number;
  }>;
  jobs(): Promise<readonly ListedJob[]>;
  checkpoints(jobId: string): Promise<CheckpointFacts>;
  /** Answers the jar's id. */
  upload(jarFile: string): Promise<string>;
  deleteJar(jarId: string): Promise<void>;
  /** Answers the job's id. */
  run(jarId: string, options: RunOptions): Promise<string>;
  /** Takes a savepoint and stops; answers its path, null while it is still being taken. */
  stop(jobId: string, folder: string | null): Promise<{ readonly trigger: string }>;
  savepoint(jobId: string, trigger: string): Promise<{ readonly path: string | null }>;
  cancel(jobId: string): Promise<void>;
  /** State of a job and of each of its tasks. */
  standing(jobId: string): Promise<{ readonly state: string; readonly tasks: readonly string[] }>;
  /** Why a job failed; null: it has not. */
  failure(jobId: string): Promise<string | null>;
  /** By `<topic>-<partition>`: the offset of the next record that the job has not taken; up to a second old. */
  nextOffsets(jobId: string): Promise<ReadonlyMap<string, number>>;
}

export function createFlinkRest(url: string, requestTimeoutMs: Ms): FlinkRest {
  const { ask, send } = createFlinkHttp(url, requestTimeoutMs);
  return {
    version: async () => String((await ask("ask Flink's version", "config"))["flink-version"]),
    slots: async () => {
      const overview = await ask("ask for Flink's slots", "overview");
      return {
        total: Number(overview["slots-total"]),
        free: Number(overview["slots-available"]),
        taskManagers: Number(overview["taskmanagers"]),
      };
    },
    jobs: async () => {
      const { jobs } = await ask("list the jobs of Flink", "jobs/overview");
      return (jobs as readonly Json[]).map((job) => ({
        id: String(job["jid"]),
        name: String(job["name"]),
        state: String(job["state"]),
        startedAt: Number(job["start-time"]),
      }));
    },
    checkpoints: async (jobId) =>
      factsOf(await ask("ask for a job's checkpoints", `jobs/${jobId}/checkpoints`)),
    upload: async (jarFile) => {
      const form = new FormData();
      form.append("jarfile", await openAsBlob(jarFile), basename(jarFile));
      const { filename } = await ask("upload the jobs", "jars/upload", {
        method: "POST",
        body: form,
      });
      return basename(String(filename));
    },
    deleteJar: async (jarId) =>
      void (await ask("remove a jar", `jars/${jarId}`, { method: "DELETE" })),
    run: async (jarId, { args, parallelism, restoreFrom }) => {
      // Claimed: Flink removes it once newer checkpoints have taken its place.
      const path = restoreFrom === null ? {} : { savepointPath: restoreFrom, claimMode: "CLAIM" };
      const body = { programArgsList: args, parallelism, ...path };
      return String((await send("start a job", `jars/${jarId}/run`, body))["jobid"]);
    },
    stop: async (jobId, folder) => {
      const target = folder === null ? {} : { targetDirectory: folder };
      const body = { drain: false, ...target };
      const answer = await send("stop a job with a savepoint", `jobs/${jobId}/stop`, body);
      return { trigger: String(answer["request-id"]) };
    },
    savepoint: async (jobId, trigger) => {
      const action = "take a savepoint";
      const answer = await ask(action, `jobs/${jobId}/savepoints/${trigger}`);
      if ((answer["status"] as Json)["id"] !== "COMPLETED") return { path: null };
      const { location, "failure-cause": cause } = answer["operation"] as Json;
      if (location !== undefined) return { path: String(location) };
      throw flinkRefusal(action, 500, JSON.stringify(cause));
    },
    cancel: async (jobId) =>
      void (await ask("cancel a job", `jobs/${jobId}?mode=cancel`, { method: "PATCH" })),
    standing: async (jobId) => {
      const job = await ask("ask how a job stands", `jobs/${jobId}`);
      const vertices = job["vertices"] as readonly Json[];
      return { state: String(job["state"]), tasks: vertices.map((one) => String(one["status"])) };
    },
    failure: async (jobId) => {
      const answer = await ask("ask why a job failed", `jobs/${jobId}/exceptions`);
      const root = answer["root-exception"];
      return typeof root === "string" ? (root.split("\n")[0] ?? null) : null;
    },
    nextOffsets: (jobId) => nextOffsetsOf(jobId, ask),
  };
}

function factsOf(answer: Json): CheckpointFacts {
  const counts = answer["counts"] as Json;
  const { completed, restored } = answer["latest"] as Readonly<Record<string, Json | null>>;
  return {
    completed: Number(counts["completed"]),
    failed: Number(counts["failed"]),
    latest:
      completed === null || completed === undefined
        ? null
        : {
            id: Number(completed["id"]),
            at: Number(completed["latest_ack_timestamp"]),
            tookMs: Number(completed["end_to_end_duration"]),
            bytes: Number(completed["state_size"]),
            path:
              typeof completed["external_path"] === "string" ? completed["external_path"] : null,
          },
    restoredFrom: restored ? String(restored["external_path"]) : null,
  };
}
