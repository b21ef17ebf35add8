import { read } from "../../api/endpoints.ts";
import type { Aggregate, Reading } from "../../api/types.ts";
import { type Series, seriesOfAggregates, seriesOfReadings } from "./series.ts";

/** Beyond this span one-minute aggregates are shown instead of every reading. */
export const RAW_SPAN_MS = 8 * 3_600_000;
/** A trend stays smooth up to this many points per metric. */
export const MOST_POINTS = 50_000;
const PAGE = 10_000;

export interface TrendData {
  readonly series: ReadonlyMap<string, Series>;
  readonly kind: "raw" | "aggregate";
  /** True when the range has more than could be fetched. */
  readonly cut: boolean;
}

/** The course of all metrics of a device in a range, raw or aggregated by its length. */
export async function fetchTrend(deviceId: string, from: number, to: number): Promise<TrendData> {
  return to - from <= RAW_SPAN_MS
    ? fetchRaw(deviceId, from, to)
    : fetchAggregates(deviceId, from, to);
}

async function fetchRaw(deviceId: string, from: number, to: number): Promise<TrendData> {
  const rows: Reading[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof read.readings>> = await read.readings({
      device_id: deviceId,
      from,
      to,
      limit: PAGE,
      cursor,
    });
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && rows.length < MOST_POINTS);
  return { series: seriesOfReadings(rows, gapOf(rows)), kind: "raw", cut: cursor !== null };
}

/** Ten of the usual distance between two readings, at least ten seconds. */
function gapOf(rows: readonly Reading[]): number {
  const steps: number[] = [];
  for (let i = 1; i < Math.min(rows.length, 200); i += 1) {
    steps.push(Date.parse(rows[i]?.timestamp ?? "") - Date.parse(rows[i - 1]?.timestamp ?? ""));
  }
  steps.sort((a, b) => a - b);
  return Math.max(10_000, 10 * (steps[Math.floor(steps.length / 2)] ?? 1_000));
}

async function fetchAggregates(deviceId: string, from: number, to: number): Promise<TrendData> {
  const stepMs = to - from > 2 * 86_400_000 ? 300_000 : 60_000;
  const rows: Aggregate[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof read.aggregates>> = await read.aggregates({
      device_id: deviceId,
      from,
      to,
      step_ms: stepMs,
      limit: PAGE,
      cursor,
    });
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && rows.length < 12 * MOST_POINTS);
  return { series: seriesOfAggregates(rows, stepMs), kind: "aggregate", cut: cursor !== null };
}
