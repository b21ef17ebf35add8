import {
  type LogExtent,
  readLogExtent,
  rewindConsumers,
  scanLog,
} from "../../backends/event-bus/embedded/log-scan.ts";
import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { DAY, type EpochMs, HOUR } from "../../model/basics.ts";
import { ARCHIVE_GROUP } from "../../pipeline/archive/telemetry-archiver.ts";
import type { BusBatch } from "../../ports/event-bus.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { decodeReading } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { DataDir } from "../data-dir.ts";
import { openTelemetryStore, prepareTelemetryRebuild } from "../registry.ts";

export interface RebuildDeps {
  readonly config: Config;
  readonly dir: DataDir;
  readonly clock: Clock;
  readonly log: Log;
  /** What is told to the person who waits. */
  readonly say: (line: string) => void;
}

export interface RebuiltTelemetry {
  /** Readings written from the log. */
  readonly readings: number;
  /** The log still holds its first record: everything that was ever made from it can be made again. */
  readonly logIsWhole: boolean;
}

/** Readings between two lines that tell how far it is. */
const TELL_EVERY = 100_000;

/**
 * Telemetry anew: days that the log holds as a whole are written again from it; older days keep their readings,
 * and their minutes are computed from those. Nobody else may have the data folder. Stopped half-way it may be
 * started again, and so may IAI: the log is kept until the store has all of it.
 */
export async function rebuildTelemetry(deps: RebuildDeps): Promise<RebuiltTelemetry> {
  const { config, dir, say } = deps;
  const extent = readLogExtent(dir.log);
  const logIsWhole = extent !== null && extent.begin === 1;
  if (extent !== null) rewindConsumers(dir.log, [ARCHIVE_GROUP]);
  const loggedFrom = loggedFromOf(extent, config);
  const plan = await prepareTelemetryRebuild(config.telemetryStore, { ...deps, loggedFrom });
  say(
    `${plan.removedDays} days are written again from the log, the minutes of ${plan.recomputedDays} older days were computed from their readings`,
  );
  const store = await openTelemetryStore(config.telemetryStore, deps);
  try {
    return { readings: await writeAgain(store, deps), logIsWhole };
  } finally {
    await store.close();
  }
}

/**
 * From which day on the log holds every reading. What was deleted from its beginning had been received before
 * its oldest record, and no device may be further ahead of us than the clock skew.
 */
function loggedFromOf(extent: LogExtent | null, config: Config): EpochMs {
  if (extent === null || extent.oldestAt === null) return Number.POSITIVE_INFINITY;
  if (extent.begin === 1) return 0;
  // The hour is for a clock skew that was configured otherwise in the past.
  const newestMissing = extent.oldestAt + Math.max(HOUR, config.ingest.clockSkewMaxMs);
  return Math.ceil(newestMissing / DAY) * DAY;
}

async function writeAgain(store: TelemetryStore, deps: RebuildDeps): Promise<number> {
  let written = 0;
  let told = 0;
  for (const batch of scanLog(deps.dir.log, { topics: ["raw_sensor_data"], from: null })) {
    written += await write(store, batch);
    if (written - told < TELL_EVERY) continue;
    told = written;
    deps.say(`${written} readings written`);
  }
  return written;
}

async function write(store: TelemetryStore, batch: BusBatch): Promise<number> {
  const readings = batch.records.map(({ key, value, partition, offset }) => ({
    reading: decodeReading(key, value),
    partition,
    offset,
  }));
  // Conflicts among them were put into quarantine when they were archived first.
  const { accepted, kept } = await store.write(readings, batch.next);
  if (kept.length === 0) return accepted;
  const reason = `the disk refuses ${kept.length} readings`;
  throw new IaiError(
    "STORAGE_LOW",
    `Cannot rebuild: ${reason}; the log is kept, run it again when there is space`,
  );
}
