import type { MetricStatistics } from "../../model/aggregate.ts";
import { type EpochMs, HOUR, type MetricName } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { usableSamples } from "./usable-samples.ts";

/**
 * Statistics per metric over readings in time order; good and uncertain values count, bad ones never do. A
 * metric without one usable value is absent.
 */
export function windowStatistics(
  readings: readonly Reading[],
): ReadonlyMap<MetricName, MetricStatistics> {
  const statistics = new Map<MetricName, MetricStatistics>();
  for (const [metric, { at, values }] of usableSamples(readings))
    statistics.set(metric, statisticsOf(at, values));
  return statistics;
}

/** Statistics of one metric; both lists are equally long, in time order and not empty. */
export function statisticsOf(at: readonly EpochMs[], values: readonly number[]): MetricStatistics {
  const count = values.length;
  let min = values[0] ?? 0;
  let max = min;
  let sum = 0;
  let hours = 0;
  const beginAt = at[0] ?? 0;
  for (let i = 0; i < count; i += 1) {
    const value = values[i] ?? 0;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    hours += ((at[i] ?? 0) - beginAt) / HOUR;
  }
  const mean = Math.max(min, Math.min(max, sum / count));
  const meanHour = hours / count;
  // Centred sums: with raw sums a steady 50 °C at a large time would drown its own slope.
  let squares = 0;
  let hourSquares = 0;
  let products = 0;
  for (let i = 0; i < count; i += 1) {
    const value = (values[i] ?? 0) - mean;
    const hour = ((at[i] ?? 0) - beginAt) / HOUR - meanHour;
    squares += value * value;
    hourSquares += hour * hour;
    products += value * hour;
  }
  return {
    count,
    mean,
    min,
    max,
    std: Math.sqrt(squares / count),
    slopePerHour: hourSquares > 0 ? products / hourSquares : 0,
    last: values[count - 1] ?? 0,
    lastAt: at[count - 1] ?? 0,
  };
}
