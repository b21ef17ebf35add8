import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import type { Ms } from "../../../model/basics.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { LoggedReading, TelemetryWriteResult } from "../../../ports/telemetry-store.ts";
import { writeReadings } from "./archive-writer.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { InfluxClient } from "./influx-client.ts";
import type { LogPosition } from "./log-position.ts";
import type { MinuteBlock } from "./minute-block.ts";
import { linesOfBlock } from "./minute-rows.ts";
import { writeLines } from "./point-writer.ts";
import { createStoredReadings } from "./reading-queries.ts";
import { RecentMinutes } from "./recent-minutes.ts";
import { AGGREGATE_POLICY } from "./schema.ts";
import { isExpired } from "./upsert.ts";

/** A pause in which another process could have been given our partitions, written them, and lost them again. */
const PAUSE_MS: Ms = 1_000;

export interface InfluxWriterDeps {
  readonly client: InfluxClient;
  readonly config: InfluxTelemetryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly position: LogPosition;
  readonly aggregate: MinuteArithmetic;
  /** Resolves when the database is there. */
  readonly ready: () => Promise<void>;
}

/** All functions but the last are called one at a time. */
export interface InfluxWriter {
  write(logged: readonly LoggedReading[], next: BusPosition): Promise<TelemetryWriteResult>;
  /** Writes the minutes that changed, then the position that they allow. */
  flush(): Promise<void>;
  /** Forgets what memory holds of the database: something was deleted there. */
  forget(): Promise<void>;
  /** The last flush; what it cannot write comes again from the log. */
  finish(): Promise<void>;
  hasUnwrittenMinutes(): boolean;
}

/** Commit points B and C: readings, then their minutes, then the position, each only after what it stands on. */
export function createInfluxWriter(deps: InfluxWriterDeps): InfluxWriter {
  const { client, config, clock, log, position, aggregate } = deps;
  const recent = new RecentMinutes(createStoredReadings(client), config.maxRecentValues);
  /** Minutes that the database does not say yet. */
  const changed = new Set<MinuteBlock>();
  let lastWriteAt: Ms = Number.NEGATIVE_INFINITY;
  let lastFlushAt: Ms = Number.NEGATIVE_INFINITY;

  const flush = async (): Promise<void> => {
    const blocks = [...changed];
    const lines = blocks.flatMap((block) => [...linesOfBlock(block, aggregate)]);
    const { outcomes, failure } = await writeLines(client, AGGREGATE_POLICY, lines, config);
    if (failure !== null) throw failure;
    for (const outcome of outcomes) {
      // Somebody else has given our columns another type: the readings are there, a rebuild mends the minutes.
      if (typeof outcome !== "string" && !isExpired(outcome.refused))
        log.error("influxdb.minute.refused", { reason: outcome.refused });
    }
    for (const block of blocks) block.isWritten = true;
    changed.clear();
    await position.store();
    lastFlushAt = clock.monotonic();
  };
  const tryFlush = async (): Promise<boolean> => {
    try {
      await flush();
      return true;
    } catch (failure) {
      if (!(failure instanceof IaiError)) throw failure;
      log.warn("telemetry.minutes.postponed", { code: failure.code, error: failure.message });
      return false;
    }
  };
  const forget = async (): Promise<void> => {
    recent.forget();
    changed.clear();
  };
  /** False: the server does not answer, or memory is full of minutes that it does not take. */
  const prepare = async (logged: readonly LoggedReading[]): Promise<boolean> => {
    try {
      await deps.ready();
      if (clock.monotonic() - lastWriteAt > PAUSE_MS) {
        const partitions = new Set(logged.map(({ partition }) => partition));
        // What another process wrote meanwhile, it also completed: it began where our position stands.
        if (await position.isForeign(partitions)) await forget();
      }
    } catch (failure) {
      if (!(failure instanceof IaiError)) throw failure;
      log.warn("telemetry.write.failed", { code: failure.code, error: failure.message });
      return false;
    }
    if (!recent.isFull) return true;
    if (changed.size > 0 && !(await tryFlush())) return false;
    recent.trim();
    return true;
  };

  return {
    write: async (logged, next) => {
      position.settle();
      if (!(await prepare(logged))) {
        return { accepted: 0, duplicates: 0, rejected: [], kept: logged.map((_, index) => index) };
      }
      const onStored = (block: MinuteBlock): void => {
        if (config.aggregatesItself && !block.isWritten) changed.add(block);
      };
      const result = await writeReadings(logged, { client, recent, config, log, onStored });
      if (result.kept.length === 0) position.advance(next, result.rejected.length > 0);
      const now = clock.monotonic();
      if (now - lastFlushAt >= config.progressEveryMs) await tryFlush();
      lastWriteAt = clock.monotonic();
      return result;
    },
    flush,
    forget,
    finish: async () => {
      position.finish();
      // A server that is away would only hold up the end.
      if (client.failing() === null) await tryFlush();
    },
    hasUnwrittenMinutes: () => changed.size > 0,
  };
}
