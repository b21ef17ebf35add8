import { IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { LoggedReading, TelemetryWriteResult } from "../../../ports/telemetry-store.ts";
import { writeReadings } from "./archive-writer.ts";
import type { InfluxClient } from "./influx-client.ts";
import { createMinuteWriter, type MinuteWriterDeps } from "./minute-writer.ts";
import { createStoredReadings } from "./reading-queries.ts";
import { RecentMinutes } from "./recent-minutes.ts";

/** A pause in which another process could have been given our partitions, written them, and lost them again. */
const PAUSE_MS: Ms = 1_000;

export interface InfluxWriterDeps extends MinuteWriterDeps {
  readonly client: InfluxClient;
  /** Resolves when the database is there. */
  readonly ready: () => Promise<void>;
}

/** `write`, `flush`, `flushAndForget` and `finish` are called one at a time. */
export interface InfluxWriter {
  write(logged: readonly LoggedReading[], next: BusPosition): Promise<TelemetryWriteResult>;
  /** Writes the minutes that changed, then the position that they allow. */
  flush(): Promise<void>;
  /** The same, and forgets what memory holds of the database: something was deleted there. */
  flushAndForget(): Promise<void>;
  /** The last flush; what it cannot write comes again from the log. */
  finish(): Promise<void>;
  /** Minutes of devices that the database does not say yet. */
  unwrittenMinutes(): number;
}

/** Commit points B and C: readings, then their minutes, then the position, each only after what it stands on. */
export function createInfluxWriter(deps: InfluxWriterDeps): InfluxWriter {
  const { client, config, clock, log, position } = deps;
  const recent = new RecentMinutes(createStoredReadings(client), config.maxRecentValues);
  const minutes = createMinuteWriter(deps);
  let lastWriteAt: Ms = Number.NEGATIVE_INFINITY;

  /** What another process wrote meanwhile it also completed: it began where our position stands. */
  const forgetWhatOthersWrote = async (logged: readonly LoggedReading[]): Promise<void> => {
    if (clock.monotonic() - lastWriteAt <= PAUSE_MS) return;
    const partitions = new Set(logged.map(({ partition }) => partition));
    if (!(await position.isForeign(partitions))) return;
    recent.forget();
    minutes.forget();
  };
  /** False: the server does not answer, or memory is full of minutes that it does not take. */
  const prepare = async (logged: readonly LoggedReading[]): Promise<boolean> => {
    try {
      await deps.ready();
      await forgetWhatOthersWrote(logged);
    } catch (failure) {
      if (!(failure instanceof IaiError)) throw failure;
      log.warn("telemetry.write.failed", { code: failure.code, error: failure.message });
      return false;
    }
    if (!recent.isFull) return true;
    if (minutes.waiting() > 0 && !(await minutes.tryFlush())) return false;
    recent.trim();
    return true;
  };

  return {
    write: async (logged, next) => {
      position.settle();
      if (!(await prepare(logged))) {
        return { accepted: 0, duplicates: 0, rejected: [], kept: logged.map((_, index) => index) };
      }
      const onStored = minutes.add;
      const result = await writeReadings(logged, { client, recent, config, log, onStored });
      if (result.kept.length === 0) position.advance(next, result.rejected.length > 0);
      await minutes.flushInTime();
      lastWriteAt = clock.monotonic();
      return result;
    },
    flush: minutes.flush,
    flushAndForget: async () => {
      await minutes.flush();
      recent.forget();
    },
    finish: async () => {
      minutes.end();
      position.finish();
      // A server that is away would only hold up the end.
      if (client.failing() === null) await minutes.tryFlush();
    },
    unwrittenMinutes: minutes.waiting,
  };
}
