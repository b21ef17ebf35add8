import type { Clock } from "../../kernel/clock.ts";
import { describeError, IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { type RetryPolicy, retry } from "../../kernel/retry.ts";
import type { AggregateRow } from "../../model/aggregate.ts";
import { type DeviceId, type EpochMs, MINUTE } from "../../model/basics.ts";
import type { BusBatch, BusPosition, DeliveredRecord, EventBus } from "../../ports/event-bus.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { aggregateMinutes } from "./aggregate-minutes.ts";

/** The keeper's name on the bus. */
export const MINUTES_GROUP = "minutes";

/** What a record of topic `aggregates` says. */
export interface ToldMinute {
  readonly deviceId: DeviceId;
  readonly minuteAt: EpochMs;
  /** The highest of a minute is right; null: it must be computed from the raw readings. */
  readonly revision: number | null;
  readonly rows: readonly AggregateRow[];
}

export interface MinuteKeeperDeps {
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  readonly telemetry: Pick<TelemetryStore, "writeAggregates" | "readings" | "position">;
  readonly decode: (record: DeliveredRecord) => ToldMinute;
  /** Next offset of every raw partition, asked of the bus now. */
  readonly rawEnds: () => Promise<BusPosition>;
  readonly clock: Clock;
  readonly log: Log;
}

const patience: RetryPolicy = { baseMs: 100, maxMs: 10_000, attempts: null };
/** How often it is asked whether the archive has come far enough. */
const ASK_EVERY_MS = 200;
/** A minute of a device at 1 kHz is read whole. */
const READINGS_LIMIT = 100_000;

/**
 * Commit point C where a stream engine makes the minutes: writes them into the telemetry store, and computes
 * those that came too late from the raw readings, once the archive has stored what made them late. Everything
 * is an upsert, so a repeat changes nothing. Runs until the signal aborts.
 */
export async function runMinuteKeeper(deps: MinuteKeeperDeps, signal: AbortSignal): Promise<void> {
  const { bus, telemetry } = deps;
  const topics = ["aggregates"] as const;
  const options = { topics, group: MINUTES_GROUP, from: null, shared: true, signal };
  for await (const batch of bus.subscribe(options)) {
    const { rows, late } = sortOut(batch, deps.decode);
    if (rows.length > 0) await untilDone(deps, signal, () => telemetry.writeAggregates(rows));
    if (late.length > 0) {
      await archived(deps, signal);
      for (const minute of late) await untilDone(deps, signal, () => recompute(deps, minute));
    }
    if (signal.aborted) return;
    await bus.confirm(MINUTES_GROUP, batch.next);
  }
}

/** Of each minute the newest that the batch tells. */
function sortOut(
  batch: BusBatch,
  decode: MinuteKeeperDeps["decode"],
): { readonly rows: readonly AggregateRow[]; readonly late: readonly ToldMinute[] } {
  const newest = new Map<string, ToldMinute>();
  const late = new Map<string, ToldMinute>();
  for (const record of batch.records) {
    const minute = decode(record);
    const key = `${minute.deviceId} ${minute.minuteAt}`;
    if (minute.revision === null) late.set(key, minute);
    else if (minute.revision >= (newest.get(key)?.revision ?? 0)) newest.set(key, minute);
  }
  return { rows: [...newest.values()].flatMap(({ rows }) => rows), late: [...late.values()] };
}

/** Resolves when the store holds everything that the raw topic held at this moment. */
async function archived(deps: MinuteKeeperDeps, signal: AbortSignal): Promise<void> {
  const ends = Object.entries(await deps.rawEnds());
  while (!signal.aborted) {
    const position = (await deps.telemetry.position()) ?? {};
    if (ends.every(([partition, end]) => (position[partition] ?? 0) >= end)) return;
    await deps.clock.sleep(ASK_EVERY_MS, signal);
  }
}

async function recompute(
  { telemetry }: MinuteKeeperDeps,
  { deviceId, minuteAt }: ToldMinute,
): Promise<void> {
  const readings = await telemetry.readings({
    ...{ deviceId, from: minuteAt, to: minuteAt + MINUTE },
    ...{ metrics: null, limit: READINGS_LIMIT, order: "asc" },
  });
  await telemetry.writeAggregates(aggregateMinutes(readings));
}

/** A store that is away keeps everything waiting; a failure that stays is the caller's. */
function untilDone(
  { clock, log }: MinuteKeeperDeps,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  return retry(work, {
    ...{ clock, policy: patience, signal, random: () => 0.5 },
    isRetryable: (failure) => failure instanceof IaiError && describeError(failure.code).retry,
    onRetry: (failure, attempt, waitMs) =>
      log.warn("aggregate.write.postponed", { attempt, waitMs, error: String(failure) }),
  });
}
