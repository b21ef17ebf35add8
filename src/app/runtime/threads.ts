import { Worker } from "node:worker_threads";
import type { EmbeddedEventBus } from "../../backends/event-bus/embedded/embedded-event-bus.ts";
import type { StreamEngineConfig } from "../../backends/stream-engine/embedded/config.ts";
import {
  createEmbeddedStreamEngine,
  type EmbeddedStreamEngine,
  type StreamWorkerCalls,
} from "../../backends/stream-engine/embedded/embedded-stream-engine.ts";
import { IaiError } from "../../kernel/errors.ts";
import { linkThreads, type Remote } from "../../kernel/remote.ts";
import type { ArchiveProgress } from "../../pipeline/archive/telemetry-archiver.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import type { StreamWorkerData, StreamWorkerHost } from "../workers/stream-worker.ts";
import type {
  TelemetryWorkerCalls,
  TelemetryWorkerData,
  TelemetryWorkerHost,
} from "../workers/telemetry-worker.ts";

export interface ThreadDeps {
  readonly durableLog: EmbeddedEventBus;
  readonly dir: DataDir;
  readonly config: Config;
  /** A thread that dies takes the process with it: half an IAI is worse than none. */
  readonly onFatal: (failure: IaiError) => void;
}

/** The archive may lag by as much: whoever reads telemetry tells it how far the log goes, and it catches up. */
const ARCHIVE_PACE_MS = 250;
/** The steps are told at once after a pause; under load this is the price of an alarm for half the wake-ups. */
const STEPS_PACE_MS = 15;

/** Young objects of a batch die at once: a small nursery keeps the process small at no cost. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** A thread with the functions it offers; `close` asks it to end and waits. */
export interface Thread<Calls> {
  readonly calls: Calls;
  close(): Promise<void>;
}

/** The telemetry worker: archive station and telemetry store on one thread. */
export function startTelemetryThread(
  deps: ThreadDeps,
  host: TelemetryWorkerHost,
): Thread<TelemetryWorkerCalls> {
  const token = deps.durableLog.readerPort(ARCHIVE_PACE_MS);
  const data: TelemetryWorkerData = {
    log: token,
    dataDir: deps.dir.root,
    config: deps.config.telemetryStore,
    retention: deps.config.retention,
    logLevel: deps.config.log.level,
  };
  const worker = new Worker(new URL("../workers/telemetry-worker.ts", import.meta.url), {
    workerData: data,
    transferList: [token.port],
    resourceLimits,
  });
  return supervise<TelemetryWorkerCalls>("telemetry", worker, { ...host }, deps.onFatal);
}

/** The stream worker and the engine that stands for it on this thread. */
export function startStreamThread(
  deps: ThreadDeps,
  config: StreamEngineConfig,
  makeDurable: () => Promise<void>,
): {
  readonly engine: EmbeddedStreamEngine;
  readonly thread: Thread<StreamWorkerCalls & { stop(): Promise<void> }>;
} {
  const token = deps.durableLog.readerPort(STEPS_PACE_MS);
  const data: StreamWorkerData = {
    log: token,
    checkpointPath: deps.dir.checkpoints,
    config,
  };
  const worker = new Worker(new URL("../workers/stream-worker.ts", import.meta.url), {
    workerData: data,
    transferList: [token.port],
    resourceLimits,
  });
  const host: StreamWorkerHost & Remote = {
    deliver: (output) => engine.deliver(output),
    makeDurable,
  };
  const thread = supervise<StreamWorkerCalls & { stop(): Promise<void> }>(
    "stream",
    worker,
    host,
    deps.onFatal,
  );
  const engine = createEmbeddedStreamEngine({
    worker: thread.calls,
    logEnd: deps.durableLog.end,
  });
  return { engine, thread };
}

function supervise<Calls extends { stop(): Promise<void> }>(
  name: string,
  worker: Worker,
  host: Remote,
  onFatal: (failure: IaiError) => void,
): Thread<Calls> {
  const link = linkThreads<Calls>(worker, host);
  let closing = false;
  const gone = (cause: unknown): void => {
    const failure = new IaiError("INTERNAL", `Cannot go on: the ${name} thread has ended`, {
      cause,
    });
    link.fail(failure);
    if (!closing) onFatal(failure);
  };
  worker.on("error", gone);
  worker.on("exit", () => gone(null));
  return {
    calls: link.theirs,
    close: async () => {
      if (closing) return;
      closing = true;
      try {
        await link.theirs.stop();
      } finally {
        // A thread that could not end by itself must not keep the process alive.
        await worker.terminate();
      }
    },
  };
}

/**
 * The telemetry store of the other thread, seen through the port. Writing and upkeep happen over there only.
 * A query sees everything that was in the log when it was asked, unless the archive has a backlog.
 */
export function remoteTelemetry(
  calls: TelemetryWorkerCalls,
  logEnd: () => number,
): TelemetryStore & { progress(): Promise<ArchiveProgress> } {
  const overThere = (): never => {
    throw new IaiError(
      "UNSUPPORTED",
      "Cannot write readings from this thread: the archive station has the store",
    );
  };
  return {
    capabilities: { sealsItself: true, aggregatesItself: true },
    write: overThere,
    writeAggregates: overThere,
    position: overThere,
    writeEpisodes: (episodes) => calls.writeEpisodes(episodes),
    readings: (query) => calls.readings(query, logEnd()),
    aggregates: (query) => calls.aggregates(query, logEnd()),
    episodes: (query) => calls.episodes(query),
    maintain: overThere,
    progress: () => calls.progress(),
    close: async () => undefined,
  };
}
