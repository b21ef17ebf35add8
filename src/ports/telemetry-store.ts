import type { IaiError } from "../kernel/errors.ts";
import type { AggregateRow } from "../model/aggregate.ts";
import type { DeviceId, EpochMs, MetricName, Ms } from "../model/basics.ts";
import type { AnomalyEpisode } from "../model/detection.ts";
import type { Reading } from "../model/reading.ts";
import type { BusPosition } from "./event-bus.ts";

/** A reading and where it stands in the log. */
export interface LoggedReading {
  readonly reading: Reading;
  readonly partition: string;
  readonly offset: number;
}

/**
 * What became of every item. `rejected` will never work (conflict with a stored value: quarantine it);
 * `kept` is not stored yet (offer it again). Everything else is stored, or was stored before.
 */
export interface TelemetryWriteResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly error: IaiError }[];
  readonly kept: readonly number[];
}

export interface ReadingQuery {
  readonly deviceId: DeviceId;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** null: all metrics. */
  readonly metrics: readonly MetricName[] | null;
  readonly limit: number;
  /** "desc" gives the newest first. */
  readonly order: "asc" | "desc";
}

export interface AggregateQuery {
  readonly deviceId: DeviceId;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly metrics: readonly MetricName[] | null;
  /** Width of a row, a multiple of a minute. */
  readonly stepMs: Ms;
  readonly limit: number;
}

export interface AnomalyQuery {
  readonly deviceId: DeviceId | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
}

export interface TelemetryRetention {
  readonly rawMs: Ms;
  readonly aggregateMs: Ms;
  /** Upper bound of all files; null: by age alone. */
  readonly maxBytes: number | null;
}

/**
 * Time series of readings (`sensor_raw`), minutes (`sensor_agg_1m`) and episodes (`anomaly_events`).
 * - Identity of a reading is (deviceId, measuredAt): another metric at the same time merges, the same value is
 *   a duplicate, another value is rejected with DUPLICATE_CONFLICT and the first is kept.
 * - `write` is idempotent: the same log records again change nothing.
 * - Durability: everything before `position()` survives power loss; what came later is offered again by the log.
 * - Reads see everything that `write` accepted, at once, sealed or not, in time order.
 * - A minute equals its recomputation from the raw readings, whatever order they came in.
 */
export interface TelemetryStore {
  readonly capabilities: {
    readonly sealsItself: boolean;
    /** `write` makes the minutes; false: a stream engine hands them in by `writeAggregates`. */
    readonly aggregatesItself: boolean;
  };
  write(readings: readonly LoggedReading[], next: BusPosition): Promise<TelemetryWriteResult>;
  /** Inserts or replaces minutes made elsewhere; UNSUPPORTED where the store makes them itself. */
  writeAggregates(rows: readonly AggregateRow[]): Promise<void>;
  /** Inserts or replaces by `episodeId`. */
  writeEpisodes(episodes: readonly AnomalyEpisode[]): Promise<void>;
  /** Where the log must be read from so that nothing is missing; null: from its beginning. */
  position(): Promise<BusPosition | null>;
  readings(query: ReadingQuery): Promise<readonly Reading[]>;
  aggregates(query: AggregateQuery): Promise<readonly AggregateRow[]>;
  episodes(query: AnomalyQuery): Promise<readonly AnomalyEpisode[]>;
  /** Deletes what is older or more than asked; seals and compacts what is due. Tells what was deleted. */
  maintain(
    retention: TelemetryRetention,
    now: EpochMs,
  ): Promise<{ readonly deletedDays: number; readonly bytes: number }>;
  close(): Promise<void>;
}
