import type { Clock } from "../../kernel/clock.ts";
import { asIaiError, describeError, type IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import type { DeviceId, Ms } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { BusBatch, BusPosition, DeliveredRecord, EventBus } from "../../ports/event-bus.ts";
import type {
  LoggedReading,
  TelemetryStore,
  TelemetryWriteResult,
} from "../../ports/telemetry-store.ts";

/** The archive's name on the bus: what it has not confirmed stays in the log. */
export const ARCHIVE_GROUP = "archive";

const patience: RetryPolicy = { baseMs: 100, maxMs: 10_000, attempts: null };

/** A record that will never be stored: where it lies in the log, why, and what it said. */
export interface RefusedRecord {
  readonly source: "archive";
  readonly code: string;
  readonly detail: string;
  readonly deviceId: DeviceId;
  /** null: its bytes could not be read. */
  readonly reading: Reading | null;
  readonly record: DeliveredRecord;
}

/** Counters of this process, and how far the archive has come. */
export interface ArchiveProgress {
  readonly archived: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly retries: number;
  /** Next offset to be archived; null: nothing was read yet. */
  readonly next: BusPosition | null;
}

export interface TelemetryArchiverDeps {
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  readonly telemetry: Pick<TelemetryStore, "write" | "position">;
  /** The reading of a record; null: it is none. Throws on bytes that we did not write. */
  readonly decode: (record: DeliveredRecord) => Reading | null;
  /** Resolves when the refused records are durable; a repeat after a crash must be harmless. */
  readonly quarantine: (refused: readonly RefusedRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface TelemetryArchiver {
  /** Archives until the signal aborts; throws when the store fails in a way that waiting cannot mend. */
  run(signal: AbortSignal): Promise<void>;
  progress(): ArchiveProgress;
  /** Resolves when everything before `position` is archived, or after `limitMs`. */
  reached(position: BusPosition, limitMs: Ms): Promise<void>;
}

/**
 * Commit point B: carries readings from the log into the telemetry store. Every record ends as stored, as a
 * duplicate, or in quarantine; what the store cannot take yet is offered again. The log may forget a record
 * only after the store, which says so by its position, needs it no longer.
 */
export function createTelemetryArchiver(deps: TelemetryArchiverDeps): TelemetryArchiver {
  const { bus, telemetry } = deps;
  const counts = { archived: 0, duplicates: 0, rejected: 0, retries: 0 };
  let next: BusPosition | null = null;
  let confirmed: BusPosition | null = null;
  const waiting = new Set<{ readonly position: BusPosition; readonly done: () => void }>();
  const isThere = (position: BusPosition): boolean => next !== null && !isBehind(next, position);

  const archive = async (batch: BusBatch, signal: AbortSignal): Promise<void> => {
    const { offered, unreadable } = decodeBatch(batch, deps.decode);
    if (unreadable.length > 0) await refuse(unreadable);
    let waiting = offered;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const result = await tryWrite(deps, waiting, batch.next);
      counts.archived += result.accepted;
      counts.duplicates += result.duplicates;
      if (result.rejected.length > 0) await refuse(refusedOf(result, waiting));
      if (result.kept.length === 0) return;
      waiting = result.kept.flatMap((index) => waiting[index] ?? []);
      counts.retries += 1;
      const waitMs = backoffMs(patience, attempt, 1);
      deps.log.warn("archive.write.postponed", { readings: waiting.length, attempt, waitMs });
      await deps.clock.sleep(waitMs, signal);
    }
  };

  const refuse = async (refused: readonly RefusedRecord[]): Promise<void> => {
    await deps.quarantine(refused);
    counts.rejected += refused.length;
  };

  return {
    async run(signal) {
      const from = await findPosition(deps, signal);
      if (signal.aborted) return;
      next = from;
      const topics = ["raw_sensor_data"] as const;
      const options = { topics, group: ARCHIVE_GROUP, from, shared: true, signal };
      for await (const batch of bus.subscribe(options)) {
        await archive(batch, signal);
        if (signal.aborted) return;
        next = { ...next, ...batch.next };
        for (const waiter of waiting) if (isThere(waiter.position)) waiter.done();
        const safe = ofMine(await telemetry.position(), batch.next);
        if (safe === null || isSame(safe, confirmed)) continue;
        await bus.confirm(ARCHIVE_GROUP, safe);
        confirmed = safe;
      }
    },
    progress: () => ({ ...counts, next }),
    reached: async (position, limitMs) => {
      if (isThere(position)) return;
      const late = new AbortController();
      const waiter = { position, done: () => late.abort() };
      waiting.add(waiter);
      await deps.clock.sleep(limitMs, late.signal);
      waiting.delete(waiter);
    },
  };
}

/** A store that is away at the start is waited for: the log keeps what comes meanwhile. */
async function findPosition(
  { telemetry, clock, log }: TelemetryArchiverDeps,
  signal: AbortSignal,
): Promise<BusPosition | null> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await telemetry.position();
    } catch (failure) {
      const error = asIaiError(failure, "find how far the archive is");
      if (!describeError(error.code).retry) throw error;
      const waitMs = backoffMs(patience, attempt, 1);
      log.warn("archive.position.postponed", { code: error.code, error: error.message, waitMs });
      await clock.sleep(waitMs, signal);
    }
  }
  return null;
}

interface Offered extends LoggedReading {
  readonly record: DeliveredRecord;
}

function decodeBatch(
  batch: BusBatch,
  decode: TelemetryArchiverDeps["decode"],
): { readonly offered: readonly Offered[]; readonly unreadable: readonly RefusedRecord[] } {
  const offered: Offered[] = [];
  const unreadable: RefusedRecord[] = [];
  for (const record of batch.records) {
    try {
      const { partition, offset } = record;
      const reading = decode(record);
      if (reading !== null) offered.push({ reading, partition, offset, record });
    } catch (failure) {
      const error = asIaiError(failure, `read the record ${record.partition}/${record.offset}`);
      unreadable.push(refusedRecord(record, null, error));
    }
  }
  return { offered, unreadable };
}

/** A store that does not answer keeps everything waiting; a failure that stays is the caller's. */
async function tryWrite(
  { telemetry, log }: TelemetryArchiverDeps,
  offered: readonly Offered[],
  next: BusPosition,
): Promise<TelemetryWriteResult> {
  try {
    return await telemetry.write(offered, next);
  } catch (failure) {
    const error = asIaiError(failure, "archive readings");
    if (!describeError(error.code).retry) throw error;
    log.warn("archive.write.failed", { code: error.code, error: error.message });
    return { accepted: 0, duplicates: 0, rejected: [], kept: offered.map((_, index) => index) };
  }
}

function refusedOf(result: TelemetryWriteResult, offered: readonly Offered[]): RefusedRecord[] {
  return result.rejected.flatMap(({ index, error }) => {
    const item = offered[index];
    return item === undefined ? [] : [refusedRecord(item.record, item.reading, error)];
  });
}

function refusedRecord(
  record: DeliveredRecord,
  reading: Reading | null,
  error: IaiError,
): RefusedRecord {
  const { code, message } = error;
  return { source: "archive", code, detail: message, deviceId: record.key, reading, record };
}

/** True when one partition of `position` is further than `next`. */
function isBehind(next: BusPosition, position: BusPosition): boolean {
  return Object.entries(position).some(([partition, at]) => (next[partition] ?? 0) < at);
}

/** Of a store that others write as well: what this process has read. */
function ofMine(position: BusPosition | null, mine: BusPosition): BusPosition | null {
  if (position === null) return null;
  return Object.fromEntries(Object.entries(position).filter(([name]) => name in mine));
}

function isSame(a: BusPosition, b: BusPosition | null): boolean {
  if (b === null) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((partition) => a[partition] === b[partition])
  );
}
