import { log } from "../../../kernel/dmath.ts";
import { type EpochMs, HOUR } from "../../../model/basics.ts";
import type { RemainingHours } from "../../../model/prediction.ts";
import { reachedWithin, timeOfProbability, type UncertainDrift } from "./first-passage.ts";

/** Levels of one metric in time order since its trend was flagged. */
export interface Trend {
  readonly at: ArrayLike<EpochMs>;
  readonly values: ArrayLike<number>;
}

/** What a trend says of a limit. */
export interface LimitForecast {
  /** Probability that the limit is reached within so many hours. */
  probability(hours: number): number;
  readonly rul: RemainingHours | null;
  /** Present level, in the metric's unit. */
  readonly level: number;
  /** Change an hour, and what is not known of it, as a share of the way from the first level to the limit. */
  readonly driftPerHour: number;
  readonly driftSdPerHour: number;
  readonly hours: number;
  readonly values: number;
}

/** Fewer show no more than their noise. */
export const TREND_VALUES_MIN = 12;
/** Means of this many parts at most: the noise of single values is no change of the machine. */
const PARTS_MAX = 96;
/** An interval that ends later than this many times the observed trend says nothing. */
const LONGEST_TREND = 50;

/**
 * What one machine showed of its restlessness is little to go by: it may be twice or four times as restless from now
 * on, as machines near their end are. Share and factor of each.
 */
const restlessness = [
  { factor: 1, share: 0.5 },
  { factor: 2, share: 0.3 },
  { factor: 4, share: 0.2 },
] as const;

/**
 * Forecast of the first passage of a limit: the logarithm of the level (the level itself where one is not above 0) as
 * a Wiener process whose drift and diffusion are those of the trend, each uncertain.
 * Null: too few values, all at one time, or the limit is reached already: that is an alarm, no forecast.
 */
export function forecastLimit(trend: Trend, limit: number, isHigh: boolean): LimitForecast | null {
  const scale = scaleOf(trend, limit);
  const parts = partsOf(trend, scale);
  const first = parts[0];
  const last = parts.at(-1);
  if (trend.values.length < TREND_VALUES_MIN || first === undefined || last === undefined)
    return null;
  const hours = last.hours - first.hours;
  if (hours <= 0) return null;
  const sign = isHigh ? 1 : -1;
  const process = processOf(parts, hours, sign);
  const distance = sign * (scale(limit) - last.level);
  if (distance <= 0) return null;
  const probability = (time: number): number => mixed(process, distance, time);
  const way = Math.max(1e-12, Math.abs(scale(limit) - first.level));
  return {
    probability,
    rul: remaining(process, distance, LONGEST_TREND * hours),
    level: levelOf(trend),
    driftPerHour: process.drift / way,
    driftSdPerHour: process.driftSd / way,
    hours,
    values: trend.values.length,
  };
}

interface Part {
  readonly hours: number;
  readonly level: number;
}

/** Logarithms where all is above 0: wear grows by shares. */
function scaleOf(trend: Trend, limit: number): (value: number) => number {
  let lowest = limit;
  for (let i = 0; i < trend.values.length; i += 1)
    lowest = Math.min(lowest, trend.values[i] ?? lowest);
  return lowest > 0 ? log : (value) => value;
}

function partsOf(trend: Trend, scale: (value: number) => number): readonly Part[] {
  const count = trend.values.length;
  const wanted = Math.min(PARTS_MAX, Math.floor(count / 2));
  const parts: Part[] = [];
  for (let part = 0; part < wanted; part += 1) {
    const from = Math.floor((part * count) / wanted);
    const to = Math.floor(((part + 1) * count) / wanted);
    let level = 0;
    let hours = 0;
    for (let i = from; i < to; i += 1) {
      level += scale(trend.values[i] ?? 0);
      hours += ((trend.at[i] ?? 0) - (trend.at[0] ?? 0)) / HOUR;
    }
    parts.push({ level: level / (to - from), hours: hours / (to - from) });
  }
  return parts;
}

/** Drift from end to end with the standard error that the diffusion leaves it; both towards the limit. */
function processOf(parts: readonly Part[], hours: number, sign: 1 | -1): UncertainDrift {
  const change = (parts.at(-1)?.level ?? 0) - (parts[0]?.level ?? 0);
  const drift = change / hours;
  let squares = 0;
  for (let i = 1; i < parts.length; i += 1) {
    const step = (parts[i]?.hours ?? 0) - (parts[i - 1]?.hours ?? 0);
    if (step <= 0) continue;
    const rest = (parts[i]?.level ?? 0) - (parts[i - 1]?.level ?? 0) - drift * step;
    squares += (rest * rest) / step;
  }
  const diffusion = Math.sqrt(squares / Math.max(1, parts.length - 2));
  return { drift: sign * drift, driftSd: diffusion / Math.sqrt(hours), diffusion };
}

function mixed(process: UncertainDrift, distance: number, time: number): number {
  let sum = 0;
  for (const { factor, share } of restlessness)
    sum += share * reachedWithin(restless(process, factor), distance, time);
  return sum;
}

function restless({ drift, driftSd, diffusion }: UncertainDrift, factor: number): UncertainDrift {
  return { drift, driftSd: factor * driftSd, diffusion: factor * diffusion };
}

function remaining(
  process: UncertainDrift,
  distance: number,
  longest: number,
): RemainingHours | null {
  const reached = (time: number): number => mixed(process, distance, time);
  const p95 = timeOfProbability(reached, 0.95, longest);
  if (p95 === null) return null;
  const p05 = timeOfProbability(reached, 0.05, longest) ?? 0;
  const p50 = timeOfProbability(reached, 0.5, longest) ?? p95;
  return { p05, p50, p95 };
}

/** In the metric's unit, over the newest part: one value does not stand for the level. */
function levelOf(trend: Trend): number {
  const count = Math.max(1, Math.floor(trend.values.length / PARTS_MAX));
  let sum = 0;
  for (let i = trend.values.length - count; i < trend.values.length; i += 1)
    sum += trend.values[i] ?? 0;
  return sum / count;
}
