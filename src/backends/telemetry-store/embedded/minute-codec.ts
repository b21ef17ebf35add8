import type { AggregateSeries, MinuteArithmetic } from "../../../model/aggregate.ts";
import type { MetricName } from "../../../model/basics.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { packBlock, unpackBlock } from "./chunk-codec.ts";
import type { ChunkTable } from "./chunk-table.ts";
import { decodeNumbers, encodeNumbers } from "./number-column.ts";

/** Rows of several metrics of one device. */
export type SeriesByMetric = ReadonlyMap<MetricName, AggregateSeries>;

const BAD = 2;
const fields = ["count", "avg", "min", "max", "last", "stddev"] as const;

/** Minutes of every metric of a table: good and uncertain values, never bad ones. */
export function minutesOf(table: ChunkTable, arithmetic: MinuteArithmetic): SeriesByMetric {
  const minutes = new Map<MetricName, AggregateSeries>();
  for (const column of table.columns) {
    const at: number[] = [];
    const values: number[] = [];
    for (let row = 0; row < table.count; row += 1) {
      const value = column.values[row] ?? Number.NaN;
      if (Number.isNaN(value) || column.qualities?.[row] === BAD) continue;
      at.push(table.at[row] ?? 0);
      values.push(value);
    }
    if (at.length > 0) minutes.set(column.name, arithmetic.minutes(at, values));
  }
  return minutes;
}

/** Rows as one compressed block, in the manner of a chunk of readings. */
export function encodeSeries(metrics: SeriesByMetric): Uint8Array {
  return packBlock((writer) => {
    writer.varint(metrics.size);
    for (const [name, series] of metrics) {
      const body = new ByteWriter();
      const count = series.minuteAt.length;
      body.varint(count);
      encodeNumbers(body, series.minuteAt, count, "steps");
      for (const field of fields) encodeNumbers(body, series[field], count);
      writer.text(name);
      writer.varint(body.length);
      writer.raw(body.bytes());
    }
  });
}

/** Rows of a block, of all metrics or only those asked for. */
export function decodeSeries(
  block: Uint8Array,
  metrics: ReadonlySet<MetricName> | null,
): SeriesByMetric {
  const reader = unpackBlock(block);
  const decoded = new Map<MetricName, AggregateSeries>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.text();
    const body = new ByteReader(reader.raw(reader.varint()));
    if (metrics !== null && !metrics.has(name)) continue;
    const count = body.varint();
    const minuteAt = decodeNumbers(body, count, "steps");
    const column = (): Float64Array => decodeNumbers(body, count);
    // The order of `fields`.
    const series = { count: column(), avg: column(), min: column(), max: column(), last: column() };
    decoded.set(name, { minuteAt, ...series, stddev: column() });
  }
  return decoded;
}

/** A series that grows. */
export type SeriesLists = { readonly [F in keyof AggregateSeries]: number[] };

/** An empty series to append to. */
export function emptySeries(): SeriesLists {
  return { minuteAt: [], count: [], avg: [], min: [], max: [], last: [], stddev: [] };
}

/** Appends the rows in [from, to) of one series to another. */
export function appendSeries(
  target: SeriesLists,
  source: AggregateSeries,
  from: number,
  to: number,
): void {
  const times = source.minuteAt;
  let begin = 0;
  while (begin < times.length && (times[begin] ?? 0) < from) begin += 1;
  let end = times.length;
  while (end > begin && (times[end - 1] ?? 0) >= to) end -= 1;
  for (let i = begin; i < end; i += 1) target.minuteAt.push(times[i] ?? 0);
  for (const field of fields) {
    const [values, column] = [source[field], target[field]];
    for (let i = begin; i < end; i += 1) column.push(values[i] ?? 0);
  }
}
