import type { AggregateRow } from "../../model/aggregate.ts";
import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { MetricSpec } from "../../model/device.ts";
import {
  leastSquaresPerMinute,
  longestEqualTail,
  mean,
  pooledDeviation,
  successiveNoise,
} from "./series.ts";

/** Usable values of one metric in time order. */
export interface Series {
  readonly at: readonly EpochMs[];
  readonly values: readonly number[];
}

export interface MetricInput {
  readonly metric: MetricName;
  readonly unit: string;
  readonly spec: MetricSpec | null;
  readonly series: Series;
  /** Minutes before and in the window. */
  readonly minutes: readonly AggregateRow[];
  /** Learned level; null: no baseline. */
  readonly learned: { readonly mean: number; readonly sd: number } | null;
  /** When the detector first saw something. */
  readonly firstSeenAt: EpochMs;
  /** Share of the deviation, 0–1. */
  readonly share: number;
  /** What an active condition says of it by itself; null: nothing. */
  readonly asserted: "up" | "down" | "stuck" | "bad" | null;
}

/** What became of one metric; every number of a report about it comes from here. */
export interface MetricFact {
  readonly metric: MetricName;
  readonly unit: string;
  readonly direction: "up" | "down" | "steady" | "unknown";
  readonly noisy: boolean;
  readonly stuck: boolean;
  readonly bad: boolean;
  readonly share: number;
  readonly rows: number;
  readonly now: number | null;
  /** Mean of the last five values. */
  readonly recent: number | null;
  readonly healthy: number | null;
  readonly healthySd: number | null;
  /** Where the healthy level comes from. */
  readonly healthyFrom: "baseline" | "window" | null;
  readonly noiseRatio: number | null;
  /** First value outside the healthy band; null: not seen in the window. */
  readonly changedAt: EpochMs | null;
  readonly slopePerMinute: number | null;
  /** The limit it moves towards. */
  readonly limit: number | null;
  /** At the present rate; null: not moving towards a limit, or more than a day away. */
  readonly minutesToLimit: number | null;
}

/** A level counts as changed beyond this many healthy standard deviations … */
const SIGNIFICANT_SD = 3;
/** … or this many, when the detector itself names the metric. */
const NAMED_SD = 1.5;
/** Share of the deviation from which the detector names a metric. */
const NAMED_SHARE = 0.25;
/** Smaller changes than these are of no practical meaning. */
const PRACTICAL_CHANGE = 0.05;
const PRACTICAL_MARGIN = 0.2;
const NOISE_FACTOR = 2;
const STUCK_ROWS = 60;
const RECENT_ROWS = 5;
const NOISE_ROWS = 20;
const DAY_MINUTES = 1440;

/** Computes the fact of one metric; pure. */
export function metricFactOf(input: MetricInput): MetricFact {
  const { series, spec } = input;
  const recentValues = series.values.slice(-RECENT_ROWS);
  const recent = recentValues.length === 0 ? null : mean(recentValues);
  const healthy = healthyLevel(input);
  const noiseRatio = noiseAgainstHealthy(input, healthy);
  const direction = directionOf(input, recent, healthy);
  const moved = direction === "up" || direction === "down";
  const changedAt = moved && healthy !== null ? firstOutside(series, healthy) : null;
  const slopePerMinute = moved ? slopeSince(series, changedAt ?? input.firstSeenAt) : null;
  const limit = limitTowards(spec, direction);
  const levelRatio =
    healthy === null || recent === null || healthy.mean === 0
      ? 1
      : Math.max(1, Math.abs(recent / healthy.mean));
  return {
    metric: input.metric,
    unit: input.unit,
    direction,
    // An RMS level that grows brings its noise along: only more than that is erratic.
    noisy: noiseRatio !== null && noiseRatio / levelRatio >= NOISE_FACTOR,
    stuck: input.asserted === "stuck" || isStuck(series, healthy),
    bad: input.asserted === "bad",
    share: input.share,
    rows: series.values.length,
    now: series.values.at(-1) ?? null,
    recent,
    healthy: healthy?.mean ?? null,
    healthySd: healthy?.sd ?? null,
    healthyFrom: healthy === null ? null : healthy.from,
    noiseRatio,
    changedAt,
    slopePerMinute,
    limit,
    minutesToLimit: hasReached(limit, recentValues, direction)
      ? null
      : minutesTo(limit, recent, slopePerMinute),
  };
}

interface Level {
  readonly mean: number;
  readonly sd: number;
  readonly from: "baseline" | "window";
}

/** The learned level, or what the window shows before the fault was first seen. */
function healthyLevel(input: MetricInput): Level | null {
  if (input.learned !== null) return { ...input.learned, from: "baseline" };
  const minutes = input.minutes.filter((row) => row.minuteAt + 120_000 < input.firstSeenAt);
  if (minutes.length >= 5) {
    const averages = minutes.map((row) => row.avg);
    const sd = pooledDeviation(
      averages,
      minutes.map((row) => row.stddev),
    );
    return { mean: mean(averages), sd, from: "window" };
  }
  const before = input.series.values.filter(
    (_, index) => (input.series.at[index] ?? 0) < input.firstSeenAt - 10_000,
  );
  if (before.length < 30) return null;
  return { mean: mean(before), sd: pooledDeviation(before, []), from: "window" };
}

/** A channel that hardly moves while healthy still has the resolution of its sensor. */
function bandOf(healthy: Level): number {
  return Math.max(healthy.sd, Math.abs(healthy.mean) * 0.005, 1e-9);
}

function directionOf(
  input: MetricInput,
  recent: number | null,
  healthy: Level | null,
): MetricFact["direction"] {
  if (input.asserted === "up" || input.asserted === "down") return input.asserted;
  if (recent === null || healthy === null) return "unknown";
  const change = recent - healthy.mean;
  const deviations = Math.abs(change) / bandOf(healthy);
  const named = input.share >= NAMED_SHARE && deviations >= NAMED_SD;
  const limit = limitTowards(input.spec, change > 0 ? "up" : "down");
  const margin = limit === null ? 0 : Math.abs(change / (limit - healthy.mean || 1));
  const practical =
    Math.abs(change) >= PRACTICAL_CHANGE * Math.abs(healthy.mean) || margin >= PRACTICAL_MARGIN;
  if (named || (deviations >= SIGNIFICANT_SD && practical)) return change > 0 ? "up" : "down";
  return "steady";
}

function limitTowards(spec: MetricSpec | null, direction: MetricFact["direction"]): number | null {
  if (spec === null) return null;
  if (direction === "up") return spec.hh ?? spec.h;
  if (direction === "down") return spec.ll ?? spec.l;
  return null;
}

/** Walks back from the end to the last value inside the healthy band. */
function firstOutside(series: Series, healthy: Level): EpochMs | null {
  const band = SIGNIFICANT_SD * bandOf(healthy);
  let outside: EpochMs | null = null;
  for (let index = series.values.length - 1; index >= 0; index -= 1) {
    const value = series.values[index] ?? healthy.mean;
    if (Math.abs(value - healthy.mean) <= band) return outside;
    outside = series.at[index] ?? outside;
  }
  // Outside over the whole window: when it began is not known.
  return null;
}

function slopeSince(series: Series, since: EpochMs): number | null {
  let start = series.at.findIndex((at) => at >= since);
  if (start < 0) return null;
  // Three values make no trend: look a little further back.
  start = Math.max(0, Math.min(start, series.at.length - 10));
  return leastSquaresPerMinute(series.at.slice(start), series.values.slice(start));
}

/** What was reached a moment ago is not forecast, even where the mean of that moment lies short of it. */
function hasReached(
  limit: number | null,
  recentValues: readonly number[],
  direction: MetricFact["direction"],
): boolean {
  if (limit === null) return false;
  return recentValues.some((value) => (direction === "up" ? value >= limit : value <= limit));
}

function minutesTo(
  limit: number | null,
  recent: number | null,
  slopePerMinute: number | null,
): number | null {
  if (limit === null || recent === null || slopePerMinute === null || slopePerMinute === 0) {
    return null;
  }
  const minutes = (limit - recent) / slopePerMinute;
  return minutes > 0 && minutes <= DAY_MINUTES ? minutes : null;
}

function noiseAgainstHealthy(input: MetricInput, healthy: Level | null): number | null {
  const { values, at } = input.series;
  if (values.length < NOISE_ROWS) return null;
  const late = successiveNoise(values.slice(-NOISE_ROWS));
  const early = values.filter((_, index) => (at[index] ?? 0) < input.firstSeenAt - 10_000);
  const reference = early.length >= NOISE_ROWS ? successiveNoise(early) : (healthy?.sd ?? 0);
  return reference > 0 ? late / reference : null;
}

function isStuck(series: Series, healthy: Level | null): boolean {
  if (healthy === null || healthy.sd === 0) return false;
  const run = longestEqualTail(series.values);
  return run >= STUCK_ROWS && run < series.values.length;
}
