import type { AggregateRow, AggregateSeries, MinuteArithmetic } from "../../../model/aggregate.ts";
import { DAY, type DeviceId, type EpochMs, HOUR, type MetricName } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { AggregateQuery, ReadingQuery } from "../../../ports/telemetry-store.ts";
import { decodeChunk } from "./chunk-codec.ts";
import { type ChunkTable, mergeTables } from "./chunk-table.ts";
import { CHUNK_MS, type HotTail } from "./hot-tail.ts";
import {
  appendSeries,
  decodeSeries,
  emptySeries,
  minutesOf,
  type SeriesByMetric,
  type SeriesLists,
} from "./minute-codec.ts";
import { readParts } from "./sealer.ts";
import { dayOf, nextMonth, type TelemetryFiles } from "./telemetry-files.ts";

/** Minutes are rolled up in blocks of six hours, which divide a day. */
export const WINDOW_MS = 6 * HOUR;

type Metrics = ReadonlySet<MetricName> | null;

interface Source {
  readonly files: TelemetryFiles;
  readonly hot: HotTail;
  readonly arithmetic: MinuteArithmetic;
}

/** Readings of one device, sealed or not, in the order asked for. */
export function readReadings(query: ReadingQuery, source: Source): Reading[] {
  const metrics = query.metrics === null ? null : new Set(query.metrics);
  const readings: Reading[] = [];
  for (const table of tablesOf(query, metrics, source)) {
    const first = table.lowerBound(query.from);
    const end = table.lowerBound(query.to);
    for (let i = 0; i < end - first; i += 1) {
      const row = query.order === "asc" ? first + i : end - 1 - i;
      const reading = table.reading(row, query.deviceId, metrics);
      if (reading !== null) readings.push(reading);
      if (readings.length >= query.limit) return readings;
    }
  }
  return readings;
}

/** Whole tables, one a start, in the order asked for; read as far as the caller goes. */
function* tablesOf(query: ReadingQuery, metrics: Metrics, source: Source): Generator<ChunkTable> {
  const { deviceId, from, to, order } = query;
  if (to <= from) return;
  const direction = order === "asc" ? 1 : -1;
  const firstStart = Math.floor(from / CHUNK_MS) * CHUNK_MS;
  const open = source.hot.openChunks(deviceId, firstStart, to - 1).map((chunk) => ({
    startAt: chunk.startAt,
    table: chunk.table,
  }));
  const days = new Set([...source.files.days(), ...open.map((chunk) => dayOf(chunk.startAt))]);
  const wanted = [...days].filter((day) => day < to && day + DAY > from);
  for (const day of wanted.sort((a, b) => (a - b) * direction)) {
    const begin = Math.max(firstStart, day);
    const end = Math.min(to, day + DAY) - 1;
    const sealed = source.files.findDay(day)?.chunks(deviceId, begin, end, order) ?? [];
    const waiting = open
      .filter((chunk) => dayOf(chunk.startAt) === day)
      .sort((a, b) => (a.startAt - b.startAt) * direction);
    let group: { readonly startAt: EpochMs; readonly tables: ChunkTable[] } | null = null;
    for (const chunk of sealed) {
      if (group !== null && group.startAt !== chunk.startAt) {
        yield* groupWithOpen(group, waiting, direction);
        group = null;
      }
      group ??= { startAt: chunk.startAt, tables: [] };
      group.tables.push(decodeChunk(chunk.block, metrics));
    }
    if (group !== null) yield* groupWithOpen(group, waiting, direction);
    for (const { table } of waiting) yield table;
  }
}

/** Open chunks that come before this start, then the start with what is still open of it. */
function* groupWithOpen(
  group: { readonly startAt: EpochMs; readonly tables: readonly ChunkTable[] },
  waiting: { readonly startAt: EpochMs; readonly table: ChunkTable }[],
  direction: number,
): Generator<ChunkTable> {
  const tables = [...group.tables];
  for (;;) {
    const next = waiting[0];
    if (next === undefined || (next.startAt - group.startAt) * direction > 0) break;
    waiting.shift();
    if (next.startAt === group.startAt) tables.push(next.table);
    else yield next.table;
  }
  const only = tables.length === 1 ? tables[0] : undefined;
  yield only ?? mergeTables(tables);
}

/** Rows of the width asked for, by time and then by metric. */
export function readAggregates(query: AggregateQuery, source: Source): AggregateRow[] {
  const rows: AggregateRow[] = [];
  for (const [metric, minutes] of readSeries(query, source)) {
    const series = source.arithmetic.combine(minutes, query.stepMs);
    Array.from(series.minuteAt).forEach((minuteAt, i) => {
      rows.push({
        deviceId: query.deviceId,
        metric,
        minuteAt,
        count: series.count[i] ?? 0,
        avg: series.avg[i] ?? 0,
        min: series.min[i] ?? 0,
        max: series.max[i] ?? 0,
        last: series.last[i] ?? 0,
        stddev: series.stddev[i] ?? 0,
      });
    });
  }
  rows.sort((a, b) => a.minuteAt - b.minuteAt || (a.metric < b.metric ? -1 : 1));
  return rows.slice(0, query.limit);
}

/** Minutes, or hours where those are enough, from roll-ups; what they do not hold yet from the chunks. */
function readSeries(
  query: AggregateQuery,
  source: Source,
): ReadonlyMap<MetricName, AggregateSeries> {
  const { deviceId, from, to, stepMs } = query;
  const metrics = query.metrics === null ? null : new Set(query.metrics);
  const collected = new Map<MetricName, SeriesLists>();
  const take = (part: SeriesByMetric, begin: EpochMs, end: EpochMs): void => {
    for (const [metric, series] of part) {
      const target = collected.get(metric) ?? emptySeries();
      collected.set(metric, target);
      appendSeries(target, series, Math.max(begin, from), Math.min(end, to));
    }
  };
  for (const day of daysWithAggregates(query, source)) {
    const newer = newerMinutes(deviceId, day, metrics, source);
    const month = source.files.findMonth(day);
    const isWhole = from <= day && to >= day + DAY && newer.size === 0;
    const hours =
      isWhole && stepMs % HOUR === 0 ? month?.list("hour_block", deviceId, day, day + DAY) : [];
    if (hours?.[0] !== undefined) {
      take(decodeSeries(hours[0].block, metrics), day, day + DAY);
      continue;
    }
    const blocks = month?.list("minute_block", deviceId, day, day + DAY) ?? [];
    const rolled = new Map(blocks.map((block) => [block.startAt, block.block]));
    for (let window = day; window < day + DAY; window += WINDOW_MS) {
      if (window >= to || window + WINDOW_MS <= from) continue;
      const block = rolled.get(window);
      const old: SeriesByMetric = block === undefined ? new Map() : decodeSeries(block, metrics);
      for (const piece of piecesOf(window, old, newer)) take(piece.series, piece.begin, piece.end);
    }
  }
  return collected;
}

/** A window in order: from the roll-up, except where a start has newer minutes. */
export function* piecesOf(
  window: EpochMs,
  rolled: SeriesByMetric,
  newer: ReadonlyMap<EpochMs, SeriesByMetric>,
): Generator<{ readonly series: SeriesByMetric; readonly begin: EpochMs; readonly end: EpochMs }> {
  let begin = window;
  for (let startAt = window; startAt < window + WINDOW_MS; startAt += CHUNK_MS) {
    const series = newer.get(startAt);
    if (series === undefined) continue;
    if (begin < startAt) yield { series: rolled, begin, end: startAt };
    begin = startAt + CHUNK_MS;
    yield { series, begin: startAt, end: begin };
  }
  if (begin < window + WINDOW_MS) yield { series: rolled, begin, end: window + WINDOW_MS };
}

/** Minutes of a day that no roll-up holds, by start: sealed since, or still open. */
function newerMinutes(
  deviceId: DeviceId,
  day: EpochMs,
  metrics: Metrics,
  { files, hot, arithmetic }: Source,
): ReadonlyMap<EpochMs, SeriesByMetric> {
  const newer = new Map<EpochMs, SeriesByMetric>();
  for (const { startAt, block } of files.findDay(day)?.minutes(deviceId, day, day + DAY) ?? []) {
    newer.set(startAt, decodeSeries(block, metrics));
  }
  for (const chunk of hot.openChunks(deviceId, day, day + DAY - 1)) {
    const isFirst = chunk.startAt > chunk.device.newestSealedAt;
    const parts = isFirst ? [] : (chunk.sealedParts ?? readParts(files, deviceId, chunk.startAt));
    const table = parts.length === 0 ? chunk.table : mergeTables([...parts, chunk.table]);
    const minutes = minutesOf(table, arithmetic);
    const wanted = [...minutes].filter(([metric]) => metrics === null || metrics.has(metric));
    newer.set(chunk.startAt, new Map(wanted));
  }
  return newer;
}

/** Days within [from, to) for which there can be anything at all. */
function daysWithAggregates({ deviceId, from, to }: AggregateQuery, source: Source): EpochMs[] {
  const { files, hot } = source;
  const open = hot.openChunks(deviceId, from - CHUNK_MS, to).map((chunk) => dayOf(chunk.startAt));
  const months = files.months();
  const known = [
    ...files.days(),
    ...open,
    ...months,
    ...months.map((month) => nextMonth(month) - DAY),
  ];
  const first = Math.max(dayOf(from), Math.min(...known));
  const end = Math.min(to, Math.max(...known) + DAY);
  const days: EpochMs[] = [];
  for (let day = first; day < end; day += DAY) days.push(day);
  return days;
}
