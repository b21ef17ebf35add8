import type { DeviceId, EpochMs, MetricName } from "./basics.ts";

/** One minute of one metric, computed over good and uncertain values in event time. */
export interface AggregateRow {
  readonly deviceId: DeviceId;
  readonly metric: MetricName;
  /** Begin of the minute, a multiple of 60,000. */
  readonly minuteAt: EpochMs;
  readonly count: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  /** Population standard deviation of the minute. */
  readonly stddev: number;
}

/** Statistics of one metric over a window. */
export interface MetricStatistics {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly std: number;
  /** Least squares, units per hour. */
  readonly slopePerHour: number;
  readonly last: number;
  readonly lastAt: EpochMs;
}
