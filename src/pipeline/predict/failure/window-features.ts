import type { MetricName } from "../../../model/basics.ts";

/** Steps that the means look back; the longer ones show slow wear, the shortest what is new. */
export const SHORT_STEPS = 30;
const LONG_STEPS = 60;
const LAST_STEPS = 5;

/** Steps that one row of features is made of, at most. */
export const FEATURE_STEPS = LONG_STEPS;

/** Names of the features, in the order in which `featuresAt` gives them. */
export function featureNames(metrics: readonly MetricName[]): readonly string[] {
  const parts = ["mean30", "mean5", "slope30", "std30", "mean60", "slope60"];
  return [...metrics.flatMap((metric) => parts.map((part) => `${metric}.${part}`)), "age"];
}

/**
 * What a window that ends with step `at` looks like: per metric mean, newest mean, slope and spread; and how long the
 * machine has run since it was new or repaired. Nothing after `at` is looked at.
 */
export function featuresAt(
  columns: readonly Float64Array[],
  at: number,
  age: number,
): Float64Array {
  const features = new Float64Array(6 * columns.length + 1);
  columns.forEach((column, i) => {
    const short = window(column, at - SHORT_STEPS + 1, at);
    const long = window(column, at - LONG_STEPS + 1, at);
    const last = window(column, at - LAST_STEPS + 1, at);
    features.set(
      [short.mean, last.mean, short.slope, short.deviation, long.mean, long.slope],
      6 * i,
    );
  });
  features[features.length - 1] = age;
  return features;
}

interface Window {
  readonly mean: number;
  readonly deviation: number;
  readonly slope: number;
}

/** Over the values that are there; NaN where none is. */
function window(column: Float64Array, from: number, to: number): Window {
  const begin = Math.max(0, from);
  let count = 0;
  let sum = 0;
  let places = 0;
  for (let i = begin; i <= to; i += 1) {
    const value = column[i] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    places += i;
  }
  const mean = sum / count;
  const middle = places / count;
  let squares = 0;
  let products = 0;
  let spread = 0;
  for (let i = begin; i <= to; i += 1) {
    const away = (column[i] as number) - mean;
    if (Number.isNaN(away)) continue;
    squares += away * away;
    products += away * (i - middle);
    spread += (i - middle) * (i - middle);
  }
  return {
    mean,
    deviation: Math.sqrt(squares / count),
    slope: spread > 0 ? products / spread : 0,
  };
}
