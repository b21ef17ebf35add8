import type { EpochMs } from "../../model/basics.ts";

/** Arithmetic mean; 0 for nothing. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Standard deviation of values that each may have a spread of their own (minutes, for instance). */
export function pooledDeviation(levels: readonly number[], spreads: readonly number[]): number {
  const centre = mean(levels);
  const between = mean(levels.map((level) => (level - centre) * (level - centre)));
  return Math.sqrt(between + mean(spreads.map((spread) => spread * spread)));
}

/** Noise from successive differences (von Neumann): a trend or a step does not count as noise. */
export function successiveNoise(values: readonly number[]): number {
  const squares = values.slice(1).map((value, index) => (value - (values[index] ?? value)) ** 2);
  return Math.sqrt(mean(squares) / 2);
}

/** How many values at the end are exactly equal. */
export function longestEqualTail(values: readonly number[]): number {
  const last = values.at(-1);
  let run = 0;
  while (run < values.length && values[values.length - 1 - run] === last) run += 1;
  return run;
}

/** Least-squares slope in units per minute; null for fewer than three instants. */
export function leastSquaresPerMinute(
  at: readonly EpochMs[],
  values: readonly number[],
): number | null {
  if (values.length < 3) return null;
  const start = at[0] ?? 0;
  const minutes = at.map((instant) => (instant - start) / 60_000);
  const centreX = mean(minutes);
  const centreY = mean(values);
  let products = 0;
  let squares = 0;
  for (const [index, x] of minutes.entries()) {
    products += (x - centreX) * ((values[index] ?? centreY) - centreY);
    squares += (x - centreX) * (x - centreX);
  }
  return squares === 0 ? null : products / squares;
}
