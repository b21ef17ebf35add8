import type { Series } from "./series.ts";

/** First index whose time is not before `at`. */
export function indexAt(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The visible part of a series with at most about four points per pixel: first, lowest, highest and last of each
 * pixel's worth, so that no spike disappears. What a pan draws per frame then does not grow with the points held.
 */
export function visiblePart(series: Series, from: number, to: number, pixels: number): Series {
  const begin = Math.max(0, indexAt(series.times, from) - 1);
  const end = Math.min(series.times.length, indexAt(series.times, to) + 1);
  if (end - begin <= pixels * 4 || series.min !== null) return slice(series, begin, end);
  const times: number[] = [];
  const values: (number | null)[] = [];
  const perBucket = (end - begin) / pixels;
  for (let bucket = 0; bucket < pixels; bucket += 1) {
    const first = begin + Math.floor(bucket * perBucket);
    const last = begin + Math.floor((bucket + 1) * perBucket) - 1;
    for (const index of tellingPoints(series.values, first, Math.min(last, end - 1))) {
      times.push(series.times[index] ?? 0);
      values.push(series.values[index] ?? null);
    }
  }
  return { times, values, min: null, max: null };
}

function slice(series: Series, begin: number, end: number): Series {
  return {
    times: series.times.slice(begin, end),
    values: series.values.slice(begin, end),
    min: series.min === null ? null : series.min.slice(begin, end),
    max: series.max === null ? null : series.max.slice(begin, end),
  };
}

/** Indices of the first, lowest, highest and last value and of a gap, in order of time. */
function tellingPoints(values: readonly (number | null)[], first: number, last: number): number[] {
  let lowest = -1;
  let highest = -1;
  let gap = -1;
  for (let i = first; i <= last; i += 1) {
    const value = values[i];
    if (value === null || value === undefined) {
      gap = i;
      continue;
    }
    if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = i;
    if (highest < 0 || value > (values[highest] ?? 0)) highest = i;
  }
  const found = new Set([first, lowest, highest, gap, last].filter((i) => i >= 0));
  return [...found].sort((a, b) => a - b);
}
