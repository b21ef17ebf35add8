import type { AggregateRow, AggregateSeries, MinuteArithmetic } from "../../model/aggregate.ts";
import { type DeviceId, type MetricName, MINUTE, type Ms } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { usableSamples } from "./usable-samples.ts";

/**
 * Minutes of all metrics of one device, from its readings in time order. Good and uncertain values count, bad
 * ones never do. The same readings give the same bits, in every engine.
 */
export function aggregateMinutes(readings: readonly Reading[]): AggregateRow[] {
  const deviceId = readings[0]?.deviceId ?? "";
  const rows = [...usableSamples(readings)].flatMap(([metric, { at, values }]) =>
    rowsOfSeries(deviceId, metric, aggregateSamples(at, values)),
  );
  return rows.sort(byMinuteThenMetric);
}

/** Order of rows wherever several metrics stand together. */
export function byMinuteThenMetric(a: AggregateRow, b: AggregateRow): number {
  if (a.minuteAt !== b.minuteAt) return a.minuteAt - b.minuteAt;
  return a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0;
}

/** Minutes of one metric, from its usable values in time order. */
export function aggregateSamples(
  at: ArrayLike<number>,
  values: ArrayLike<number>,
): AggregateSeries {
  const series = emptyLists();
  let begin = 0;
  while (begin < at.length) {
    const minuteAt = floorTo(at[begin] ?? 0, MINUTE);
    let end = begin + 1;
    while (end < at.length && (at[end] ?? 0) < minuteAt + MINUTE) end += 1;
    appendMinute(series, minuteAt, values, begin, end);
    begin = end;
  }
  return series;
}

function appendMinute(
  series: SeriesLists,
  minuteAt: number,
  values: ArrayLike<number>,
  begin: number,
  end: number,
): void {
  const count = end - begin;
  let min = values[begin] ?? 0;
  let max = min;
  let sum = 0;
  for (let i = begin; i < end; i += 1) {
    const value = values[i] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const avg = between(min, sum / count, max);
  let squares = 0;
  for (let i = begin; i < end; i += 1)
    squares += ((values[i] ?? 0) - avg) * ((values[i] ?? 0) - avg);
  series.minuteAt.push(minuteAt);
  series.count.push(count);
  series.avg.push(avg);
  series.min.push(min);
  series.max.push(max);
  series.last.push(values[end - 1] ?? 0);
  series.stddev.push(Math.sqrt(squares / count));
}

/** Joins rows in time order into steps of a multiple of a minute; a step begins at a multiple of `stepMs`. */
export function combineSeries(fine: AggregateSeries, stepMs: Ms): AggregateSeries {
  const coarse = emptyLists();
  let begin = 0;
  while (begin < fine.minuteAt.length) {
    const stepAt = floorTo(fine.minuteAt[begin] ?? 0, stepMs);
    let end = begin + 1;
    while (end < fine.minuteAt.length && (fine.minuteAt[end] ?? 0) < stepAt + stepMs) end += 1;
    appendStep(coarse, stepAt, fine, begin, end);
    begin = end;
  }
  return coarse;
}

function appendStep(
  coarse: SeriesLists,
  stepAt: number,
  fine: AggregateSeries,
  begin: number,
  end: number,
): void {
  let count = 0;
  let sum = 0;
  let min = fine.min[begin] ?? 0;
  let max = fine.max[begin] ?? 0;
  for (let i = begin; i < end; i += 1) {
    count += fine.count[i] ?? 0;
    sum += (fine.avg[i] ?? 0) * (fine.count[i] ?? 0);
    min = Math.min(min, fine.min[i] ?? 0);
    max = Math.max(max, fine.max[i] ?? 0);
  }
  const avg = end - begin === 1 ? (fine.avg[begin] ?? 0) : between(min, sum / count, max);
  let squares = 0;
  for (let i = begin; i < end; i += 1) {
    const shift = (fine.avg[i] ?? 0) - avg;
    const spread = fine.stddev[i] ?? 0;
    squares += (fine.count[i] ?? 0) * (spread * spread + shift * shift);
  }
  coarse.minuteAt.push(stepAt);
  coarse.count.push(count);
  coarse.avg.push(avg);
  coarse.min.push(min);
  coarse.max.push(max);
  coarse.last.push(fine.last[end - 1] ?? 0);
  // A row that stands alone stays as it is: a square and its root would round it once more.
  const isAlone = end - begin === 1;
  coarse.stddev.push(isAlone ? (fine.stddev[begin] ?? 0) : Math.sqrt(squares / count));
}

/** The rows of a series. */
export function rowsOfSeries(
  deviceId: DeviceId,
  metric: MetricName,
  series: AggregateSeries,
): AggregateRow[] {
  return Array.from(series.minuteAt, (minuteAt, i) => ({
    deviceId,
    metric,
    minuteAt,
    count: series.count[i] ?? 0,
    avg: series.avg[i] ?? 0,
    min: series.min[i] ?? 0,
    max: series.max[i] ?? 0,
    last: series.last[i] ?? 0,
    stddev: series.stddev[i] ?? 0,
  }));
}

/** What a store that aggregates by itself is handed, so that there is one arithmetic of minutes. */
export const minuteArithmetic: MinuteArithmetic = {
  minutes: aggregateSamples,
  combine: combineSeries,
};

type SeriesLists = { readonly [F in keyof AggregateSeries]: number[] };

function emptyLists(): SeriesLists {
  return { minuteAt: [], count: [], avg: [], min: [], max: [], last: [], stddev: [] };
}

function floorTo(at: number, span: number): number {
  return Math.floor(at / span) * span;
}

/** Rounding may carry a mean out of its own values: the mean of three 0.1 must not exceed 0.1. */
function between(low: number, value: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
