import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import { type EpochMs, MINUTE, type Ms } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type {
  LoggedReading,
  TelemetryStore,
  TelemetryWriteResult,
} from "../../../ports/telemetry-store.ts";
import type { PutOutcome } from "./chunk-table.ts";
import type { EmbeddedTelemetryConfig } from "./config.ts";
import { asTelemetryError } from "./errors.ts";
import { HotTail, type OpenChunk } from "./hot-tail.ts";
import { Maintenance } from "./maintenance.ts";
import { noteProgress, readParts, seal } from "./sealer.ts";
import { readProgress } from "./stored-progress.ts";
import { TelemetryFiles } from "./telemetry-files.ts";
import { readAggregates, readReadings } from "./telemetry-reader.ts";

/** Chunks sealed after one write: a fleet that rolls over at once must not hold up its readers. */
const SEALS_PER_WRITE = 256;
/** An open chunk that got nothing for so long is sealed by maintenance. */
const QUIET_MS: Ms = MINUTE;
/** Dates that have a four-digit year, which the file names need. */
const LAST_DAY: EpochMs = Date.UTC(9999, 0);
/** Beyond its limit the tail takes this much more while the disk refuses, then it refuses too. */
const OVERFLOW = 1.25;

export interface EmbeddedTelemetryDeps {
  /** The folder of this store alone, `telemetry/` within the data folder. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: EmbeddedTelemetryConfig;
  /** The one arithmetic of minutes, from `pipeline/aggregate`. */
  readonly aggregate: MinuteArithmetic;
}

/**
 * A column store in one folder. Every call does its work before it returns: it belongs on a worker thread of its
 * own. Readings gather in open chunks in memory and are sealed into the file of their day; `position` tells which
 * records of the log would re-create what is still open.
 */
export async function openEmbeddedTelemetryStore(
  deps: EmbeddedTelemetryDeps,
): Promise<TelemetryStore> {
  const { clock, config, log, aggregate: arithmetic } = deps;
  const files = new TelemetryFiles(deps.dataDir, config.openFilesMax);
  const setAside = (day: EpochMs, failure: unknown): void => files.setAside(day, failure, log);
  const stored = readProgress(files, setAside);
  const hot = new HotTail({
    config,
    stored,
    readParts: (deviceId, startAt) => readParts(files, deviceId, startAt),
  });
  const maintenance = new Maintenance({
    files,
    hot,
    arithmetic,
    clock,
    budgetMs: config.maintainBudgetMs,
  });
  const source = { files, hot, arithmetic };
  const onSealed = maintenance.noticeSealed.bind(maintenance);
  const sealChunks = (chunks: readonly OpenChunk[]): void => seal(chunks, { ...source, onSealed });
  const writer = createWriter({ hot, config, clock, log, sealChunks });
  let isOpen = true;
  return {
    capabilities: { sealsItself: true, aggregatesItself: true },
    write: async (readings, next) => writer(readings, next),
    writeAggregates: async () => {
      throw new IaiError("UNSUPPORTED", "Cannot take minutes: this store computes them itself");
    },
    writeEpisodes: async (episodes) => guard("store episodes", () => files.episodes.put(episodes)),
    position: async () => hot.position(),
    readings: async (query) => guard("read readings", () => readReadings(query, source)),
    aggregates: async (query) => guard("read aggregates", () => readAggregates(query, source)),
    episodes: async (query) => guard("read episodes", () => files.episodes.list(query)),
    maintain: async (retention, now) =>
      guard("maintain the telemetry files", () => {
        sealChunks(hot.due(SEALS_PER_WRITE));
        sealChunks(hot.quiet(clock.monotonic() - QUIET_MS, now));
        sealChunks(hot.olderThan(now - retention.rawMs));
        noteProgress(files, hot);
        return maintenance.run(retention, now);
      }),
    close: async () =>
      guard("close the telemetry store", () => {
        if (!isOpen) return;
        isOpen = false;
        sealChunks(hot.all());
        noteProgress(files, hot);
        files.close();
      }),
  };
}

interface WriterDeps {
  readonly hot: HotTail;
  readonly config: EmbeddedTelemetryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealChunks: (chunks: readonly OpenChunk[]) => void;
}

function createWriter({ hot, config, clock, log, sealChunks }: WriterDeps) {
  const trySeal = (chunks: readonly OpenChunk[]): boolean => {
    try {
      sealChunks(chunks);
      return true;
    } catch (failure) {
      const error = asTelemetryError(failure, "seal");
      log.warn("telemetry.seal.failed", { code: error.code, error: error.message });
      return false;
    }
  };
  const relieve = (): void => {
    while (hot.cells > config.maxHotValues) {
      const oldest = hot.oldest(SEALS_PER_WRITE);
      if (oldest.length === 0 || !trySeal(oldest)) return;
    }
  };
  const take = (logged: LoggedReading, now: Ms): PutOutcome => {
    const outcome = hot.put(logged, now);
    if (outcome !== "moved") return outcome;
    sealChunks(
      hot.openChunks(logged.reading.deviceId, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    );
    const again = hot.put(logged, now);
    return again === "moved" ? "duplicate" : again;
  };
  return (readings: readonly LoggedReading[], next: BusPosition): TelemetryWriteResult => {
    hot.settle();
    relieve();
    if (hot.cells > config.maxHotValues * OVERFLOW) {
      return { accepted: 0, duplicates: 0, rejected: [], kept: readings.map((_, index) => index) };
    }
    const now = clock.monotonic();
    const rejected: { readonly index: number; readonly error: IaiError }[] = [];
    let accepted = 0;
    let duplicates = 0;
    readings.forEach((logged, index) => {
      const refusal = refuse(logged.reading);
      const outcome = refusal === null ? take(logged, now) : "refused";
      if (outcome === "stored") accepted += 1;
      else if (outcome === "duplicate") duplicates += 1;
      else rejected.push({ index, error: refusal ?? conflictOf(logged.reading) });
    });
    hot.advance(next);
    const due = hot.due(SEALS_PER_WRITE);
    if (due.length > 0) trySeal(due);
    relieve();
    return { accepted, duplicates, rejected, kept: [] };
  };
}

/** What no file could give back exactly; ingest lets none of it through. */
function refuse(reading: Reading): IaiError | null {
  const { measuredAt, receivedAt } = reading;
  const isTime = Number.isInteger(measuredAt) && measuredAt >= 0 && measuredAt < LAST_DAY;
  if (!isTime || !Number.isSafeInteger(receivedAt)) {
    return rejection(reading, "its times are not whole milliseconds of the years 1970 to 9998");
  }
  for (const value of reading.values.values()) {
    if (!Number.isFinite(value)) return rejection(reading, "a value is not finite");
  }
  return null;
}

function rejection({ deviceId, measuredAt }: Reading, reason: string): IaiError {
  const message = `Cannot store the reading of "${deviceId}" at ${measuredAt}: ${reason}, nothing of it was stored`;
  return new IaiError("TELEMETRY_REJECTED", message, { data: { deviceId, measuredAt } });
}

function conflictOf({ deviceId, measuredAt }: Reading): IaiError {
  const message = `Cannot store the reading of "${deviceId}" at ${measuredAt}: another value is stored for this time, the first was kept`;
  return new IaiError("DUPLICATE_CONFLICT", message, { data: { deviceId, measuredAt } });
}

function guard<R>(action: string, work: () => R): R {
  try {
    return work();
  } catch (failure) {
    throw asTelemetryError(failure, action);
  }
}
