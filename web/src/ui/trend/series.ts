import type { Aggregate, Reading } from "../../api/types.ts";

/** The course of one metric; with `min` and `max` where a point stands for a minute or more. */
export interface Series {
  readonly times: number[]; // seconds, as uPlot wants them
  readonly values: (number | null)[];
  readonly min: (number | null)[] | null;
  readonly max: (number | null)[] | null;
}

const shorthand = ["temperature", "vibration", "pressure", "current"] as const;

/** Values of a reading by metric, wherever they stand on the wire. */
export function valuesOf(reading: Reading): Record<string, number> {
  const values: Record<string, number> = { ...reading.metrics };
  for (const name of shorthand) {
    const value = reading[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Readings in time order as one series per metric; a gap longer than `gapMs` is drawn as a gap. */
export function seriesOfReadings(
  readings: readonly Reading[],
  gapMs: number,
): ReadonlyMap<string, Series> {
  const all = new Map<string, Series>();
  for (const reading of readings) {
    const at = Date.parse(reading.timestamp) / 1000;
    for (const [metric, value] of Object.entries(valuesOf(reading))) {
      let series = all.get(metric);
      if (series === undefined) {
        series = { times: [], values: [], min: null, max: null };
        all.set(metric, series);
      }
      appendPoint(series, at, value, gapMs / 1000);
    }
  }
  return all;
}

/** Appends one point in place; false when it is not newer than the last one. */
export function appendPoint(series: Series, at: number, value: number, gapS: number): boolean {
  const last = series.times.at(-1);
  if (last !== undefined && at <= last) return false;
  if (last !== undefined && at - last > gapS) {
    series.times.push(last + gapS / 2);
    series.values.push(null);
  }
  series.times.push(at);
  series.values.push(value);
  return true;
}

/** One-minute rows as series, merged into steps of `stepMs` where more than a screen can show. */
export function seriesOfAggregates(
  rows: readonly Aggregate[],
  stepMs: number,
): ReadonlyMap<string, Series> {
  interface Bin {
    count: number;
    sum: number;
    min: number;
    max: number;
  }
  const bins = new Map<string, Map<number, Bin>>();
  for (const row of rows) {
    const at = Math.floor(Date.parse(row.minute) / stepMs) * stepMs;
    const metric = bins.get(row.metric) ?? new Map<number, Bin>();
    bins.set(row.metric, metric);
    const bin = metric.get(at) ?? { count: 0, sum: 0, min: row.min, max: row.max };
    bin.count += row.count;
    bin.sum += row.avg * row.count;
    bin.min = Math.min(bin.min, row.min);
    bin.max = Math.max(bin.max, row.max);
    metric.set(at, bin);
  }
  const all = new Map<string, Series>();
  for (const [metric, found] of bins) {
    const series = { times: [], values: [], min: [], max: [] } as unknown as Series & {
      min: (number | null)[];
      max: (number | null)[];
    };
    for (const [at, bin] of [...found].sort(([a], [b]) => a - b)) {
      const last = series.times.at(-1);
      if (last !== undefined && at / 1000 - last > (stepMs / 1000) * 2.5) {
        series.times.push(last + stepMs / 1000);
        for (const column of [series.values, series.min, series.max]) column.push(null);
      }
      series.times.push(at / 1000);
      series.values.push(bin.sum / bin.count);
      series.min.push(bin.min);
      series.max.push(bin.max);
    }
    all.set(metric, series);
  }
  return all;
}

/** The part of the relative change between the ends of a series that speaks: for "no change" folding. */
export function changeOf(series: Series, healthySd: number | null): number {
  const values = series.values.filter((value): value is number => value !== null);
  if (values.length < 8) return 0;
  const part = Math.max(3, Math.floor(values.length / 8));
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const head = values.slice(0, part);
  const before = mean(head);
  const after = mean(values.slice(-part));
  const noise = healthySd ?? Math.sqrt(mean(head.map((value) => (value - before) ** 2)));
  return Math.abs(after - before) / (noise || Math.abs(before) * 0.01 || 1);
}
