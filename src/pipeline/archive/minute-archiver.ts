import type { Clock } from "../../kernel/clock.ts";
import { asIaiError, describeError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import type { AggregateRow } from "../../model/aggregate.ts";
import { type DeviceId, type EpochMs, MINUTE } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { BusBatch, DeliveredRecord, EventBus } from "../../ports/event-bus.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";

/** Name of this consumer on the bus. */
export const MINUTE_GROUP = "minutes";

const patience: RetryPolicy = { baseMs: 100, maxMs: 10_000, attempts: null };
/** More readings than a device can send in a minute. */
const READINGS_OF_A_MINUTE = 100_000;

/** A minute of a device as a stream engine tells it. */
export interface ToldMinute {
  readonly deviceId: DeviceId;
  readonly minuteAt: EpochMs;
  /** null: the engine no longer holds its values, it must be computed from the raw readings. */
  readonly rows: readonly AggregateRow[] | null;
}

export interface MinuteArchiverDeps {
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  readonly telemetry: Pick<TelemetryStore, "writeAggregates" | "readings">;
  /** Throws on bytes that we did not write. */
  readonly decode: (record: DeliveredRecord) => ToldMinute;
  /** The one arithmetic of minutes. */
  readonly aggregate: (readings: readonly Reading[]) => readonly AggregateRow[];
  /** Resolves when every reading that is in the bus now lies in the store: a late one may still be on its way. */
  readonly archived: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Carries the minutes that a stream engine computed into a store that computes none itself, until the signal aborts.
 * Minutes of a device come in order, the newest is right; a repeat after a crash writes the same again.
 */
export async function runMinuteArchiver(
  deps: MinuteArchiverDeps,
  signal: AbortSignal,
): Promise<void> {
  const { bus } = deps;
  const topics = ["aggregates"] as const;
  const options = { topics, group: MINUTE_GROUP, from: null, shared: true, signal };
  for await (const batch of bus.subscribe(options)) {
    await store(batch, deps, signal);
    if (signal.aborted) return;
    await bus.confirm(MINUTE_GROUP, batch.next);
  }
}

/** Tries until the store has it; a failure that waiting cannot mend is the caller's. */
async function store(
  batch: BusBatch,
  deps: MinuteArchiverDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      const rows = await rowsOf(batch, deps, signal);
      if (rows.length > 0) await deps.telemetry.writeAggregates(rows);
      return;
    } catch (failure) {
      const error = asIaiError(failure, "store minutes");
      if (!describeError(error.code).retry) throw error;
      const waitMs = backoffMs(patience, attempt, 1);
      deps.log.warn("archive.minutes.postponed", {
        code: error.code,
        error: error.message,
        waitMs,
      });
      await deps.clock.sleep(waitMs, signal);
    }
  }
}

async function rowsOf(
  { records }: BusBatch,
  deps: MinuteArchiverDeps,
  signal: AbortSignal,
): Promise<readonly AggregateRow[]> {
  const newest = new Map<string, ToldMinute>();
  for (const record of records) {
    const told = toldBy(record, deps);
    if (told !== null) newest.set(`${told.deviceId} ${told.minuteAt}`, told);
  }
  if ([...newest.values()].some(({ rows }) => rows === null)) await deps.archived(signal);
  const rows: AggregateRow[] = [];
  for (const told of newest.values()) rows.push(...(told.rows ?? (await recompute(told, deps))));
  return rows;
}

function toldBy(record: DeliveredRecord, { decode, log }: MinuteArchiverDeps): ToldMinute | null {
  try {
    return decode(record);
  } catch (failure) {
    // Only our jobs write there; what else does must not keep minutes from being stored.
    const { partition, offset } = record;
    log.error("archive.minutes.skipped", { partition, offset, error: String(failure) });
    return null;
  }
}

async function recompute(
  { deviceId, minuteAt }: ToldMinute,
  { telemetry, aggregate }: MinuteArchiverDeps,
): Promise<readonly AggregateRow[]> {
  const readings = await telemetry.readings({
    deviceId,
    from: minuteAt,
    to: minuteAt + MINUTE,
    metrics: null,
    limit: READINGS_OF_A_MINUTE,
    order: "asc",
  });
  return aggregate(readings);
}
