import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import {
  type LogReaderToken,
  openLogReader,
} from "../../backends/event-bus/embedded/log-reader.ts";
import { systemClock } from "../../kernel/clock.ts";
import { createLog, type LogLevel } from "../../kernel/log.ts";
import { linkThreads } from "../../kernel/remote.ts";
import type { AnomalyEpisode } from "../../model/detection.ts";
import {
  type ArchiveProgress,
  createTelemetryArchiver,
  type RefusedRecord,
} from "../../pipeline/archive/telemetry-archiver.ts";
import { runTelemetryMaintenance } from "../../pipeline/archive/telemetry-maintenance.ts";
import type {
  AggregateQuery,
  AnomalyQuery,
  ReadingQuery,
  TelemetryRetention,
} from "../../ports/telemetry-store.ts";
import { decodeReading } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import { dataDirAt } from "../data-dir.ts";
import { openTelemetryStore } from "../registry.ts";

/** Handed to the thread when it starts. */
export interface TelemetryWorkerData {
  readonly log: LogReaderToken;
  readonly dataDir: string;
  readonly config: Config["telemetryStore"];
  readonly retention: TelemetryRetention;
  readonly logLevel: LogLevel;
}

/** What the main thread offers to this one. */
export interface TelemetryWorkerHost {
  quarantine(items: readonly RefusedRecord[]): Promise<void>;
}

/** What this thread offers: the store's reads, the archive's progress, and its end. */
export interface TelemetryWorkerCalls {
  /** `logEnd`: what the answer must not be behind of. */
  readings(
    query: ReadingQuery,
    logEnd: number,
  ): Promise<Awaited<ReturnType<typeof store.readings>>>;
  aggregates(
    query: AggregateQuery,
    logEnd: number,
  ): Promise<Awaited<ReturnType<typeof store.aggregates>>>;
  episodes(query: AnomalyQuery): Promise<Awaited<ReturnType<typeof store.episodes>>>;
  writeEpisodes(episodes: readonly AnomalyEpisode[]): Promise<void>;
  progress(): Promise<ArchiveProgress>;
  stop(): Promise<void>;
}

const data = workerData as TelemetryWorkerData;
const log = createLog(data.logLevel);
const dir = dataDirAt(data.dataDir);
const store = await openTelemetryStore(data.config, { dir, clock: systemClock, log });
const reader = openLogReader(data.log);
const abort = new AbortController();

const link = linkThreads<TelemetryWorkerHost>(parentPort as MessagePort, {
  readings: async (query: ReadingQuery, logEnd: number) => {
    await catchUp(logEnd);
    return await store.readings(query);
  },
  aggregates: async (query: AggregateQuery, logEnd: number) => {
    await catchUp(logEnd);
    return await store.aggregates(query);
  },
  episodes: (query: AnomalyQuery) => store.episodes(query),
  writeEpisodes: (episodes: readonly AnomalyEpisode[]) => store.writeEpisodes(episodes),
  progress: () => archiver.progress(),
  stop: async () => {
    abort.abort();
    await running;
    await store.close();
    await reader.close();
  },
});

/** A query waits for what is in the log already, at most as long as this. */
const CATCH_UP_MS = 300;

async function catchUp(logEnd: number): Promise<void> {
  reader.advance(logEnd);
  await archiver.reached({ "0": logEnd }, CATCH_UP_MS);
}

const archiver = createTelemetryArchiver({
  bus: reader,
  telemetry: store,
  decode: (record) => decodeReading(record.key, record.value),
  quarantine: (items) => link.theirs.quarantine(items),
  clock: systemClock,
  log,
});
/** A round is short and leaves the rest to the next one. */
const MAINTAIN_EVERY_MS = 5_000;
const maintenance = {
  telemetry: store,
  retention: () => data.retention,
  clock: systemClock,
  log,
  intervalMs: MAINTAIN_EVERY_MS,
};
// A loop that ends by an error ends the thread: the main thread sees it and stops the process.
const running = Promise.all([
  archiver.run(abort.signal),
  runTelemetryMaintenance(maintenance, abort.signal),
]);
running.catch((failure: unknown) => {
  setImmediate(() => {
    throw failure;
  });
});
