import type { DeviceId, EpochMs, MetricName, Ms } from "./basics.ts";

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

/** Rows of one metric of one device in time order, a list per column: seven days are read as arrays, not as objects. */
export interface AggregateSeries {
  readonly minuteAt: ArrayLike<EpochMs>;
  readonly count: ArrayLike<number>;
  readonly avg: ArrayLike<number>;
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  readonly last: ArrayLike<number>;
  readonly stddev: ArrayLike<number>;
}

/** The one arithmetic of minutes, for whoever computes them. */
export interface MinuteArithmetic {
  /** Minutes from the usable values of one metric in time order. */
  minutes(at: ArrayLike<EpochMs>, values: ArrayLike<number>): AggregateSeries;
  /** Joins rows into steps that begin at a multiple of `stepMs`. */
  combine(fine: AggregateSeries, stepMs: Ms): AggregateSeries;
}
