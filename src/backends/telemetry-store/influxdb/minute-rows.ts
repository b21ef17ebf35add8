import { IaiError } from "../../../kernel/errors.ts";
import type { AggregateRow, AggregateSeries, MinuteArithmetic } from "../../../model/aggregate.ts";
import { type EpochMs, isIdentifier, type MetricName, MINUTE } from "../../../model/basics.ts";
import type { AggregateQuery } from "../../../ports/telemetry-store.ts";
import type { InfluxClient, Series } from "./influx-client.ts";
import { floatOf, integerOf } from "./line-protocol.ts";
import type { MinuteBlock } from "./minute-block.ts";
import { AGGREGATE_POLICY, from, MINUTES, within } from "./schema.ts";

/** Minutes of one metric fetched at a time. */
const PAGE_MINUTES = 20_000;
const columns = ["count", "avg", "min", "max", "last", "stddev"] as const;

/** The line of a minute: one point of `sensor_agg_1m` per device, metric and minute. */
export function lineOfMinute(row: AggregateRow): string {
  const { avg, min, max, last, stddev } = row;
  const numbers = Object.entries({ avg, min, max, last, stddev });
  const fields = numbers.map(([name, value]) => `${name}=${floatOf(value)}`).join(",");
  return `${MINUTES},device_id=${row.deviceId},metric=${row.metric} count=${integerOf(row.count)},${fields} ${row.minuteAt}`;
}

/** The line of a minute that somebody else made. */
export function soundLineOf(row: AggregateRow): string {
  const numbers = columns.map((name) => row[name]);
  const isMinute = row.minuteAt >= 0 && row.minuteAt % MINUTE === 0 && Number.isInteger(row.count);
  const isNamed = isIdentifier(row.deviceId) && isIdentifier(row.metric);
  if (isMinute && isNamed && numbers.every(Number.isFinite)) return lineOfMinute(row);
  const message = `Cannot store a minute of "${row.deviceId}" at ${row.minuteAt}: it is no minute of finite numbers, none was stored`;
  throw new IaiError("TELEMETRY_REJECTED", message);
}

/** The lines that make `sensor_agg_1m` say what the block says. */
export function* linesOfBlock(block: MinuteBlock, arithmetic: MinuteArithmetic): Generator<string> {
  const { deviceId } = block;
  for (const [metric, series] of block.minutes(arithmetic)) {
    for (const row of rowsOf({ deviceId, metric }, series)) yield lineOfMinute(row);
  }
}

type Reader = Pick<InfluxClient, "query">;

/** Rows of the width asked for, by time and then by metric; read in pages, joined by our own arithmetic. */
export async function readAggregates(
  query: AggregateQuery,
  client: Reader,
  arithmetic: MinuteArithmetic,
): Promise<AggregateRow[]> {
  const { deviceId, stepMs, limit } = query;
  const rows: AggregateRow[] = [];
  const stepMinutes = stepMs / MINUTE;
  // A page holds at least one whole step; a short query does not fetch more than it gives.
  const wanted = Math.min(PAGE_MINUTES, (limit + 1) * stepMinutes);
  const page = Math.max(wanted, 2 * stepMinutes);
  for (let begin: EpochMs | null = query.from; begin !== null && rows.length < limit; ) {
    const found = await readPage({ ...query, from: begin, limit: page }, client);
    const cut = cutOf(found, page, stepMs);
    const taken: AggregateRow[] = [];
    for (const [metric, series] of found) {
      const fine = before(series, cut);
      // Joining a minute with nothing would round it once more.
      const steps = stepMs === MINUTE ? fine : arithmetic.combine(fine, stepMs);
      taken.push(...rowsOf({ deviceId, metric }, steps));
    }
    rows.push(...taken.sort(byTimeThenMetric));
    begin = cut;
  }
  return rows.slice(0, limit);
}

type SeriesLists = { readonly [F in keyof AggregateSeries]: number[] };

async function readPage(
  { deviceId, from: begin, to, metrics, limit }: AggregateQuery,
  client: Reader,
): Promise<readonly (readonly [MetricName, SeriesLists])[]> {
  const named = metrics?.map((metric, i) => [`m${i}`, metric] as const) ?? [];
  if (metrics !== null && named.length === 0) return [];
  const any = named.map(([name]) => `"metric" = $${name}`).join(" OR ");
  const text = `SELECT ${columns.map((name) => `"${name}"`).join(",")}
    FROM ${from(AGGREGATE_POLICY, MINUTES)} WHERE "device_id" = $device AND ${within(begin, to)}
    ${any === "" ? "" : `AND (${any})`} GROUP BY "metric" ORDER BY time ASC LIMIT ${limit}`;
  const [series = []] = await client.query(text, {
    device: deviceId,
    ...Object.fromEntries(named),
  });
  return series.map((one) => [one.tags?.["metric"] ?? "", listsOf(one)] as const);
}

function listsOf({ columns: names, values }: Series): SeriesLists {
  const list = (name: string): number[] => {
    const index = names.indexOf(name);
    return values.map((row) => Number(row[index]));
  };
  return {
    minuteAt: list("time"),
    count: list("count"),
    avg: list("avg"),
    min: list("min"),
    max: list("max"),
    last: list("last"),
    stddev: list("stddev"),
  };
}

/** Where the next page begins: no step before it lacks a minute. null: this page was the last. */
function cutOf(
  found: readonly (readonly [MetricName, SeriesLists])[],
  page: number,
  stepMs: number,
): EpochMs | null {
  const full = found.filter(([, { minuteAt }]) => minuteAt.length >= page);
  if (full.length === 0) return null;
  const horizon = Math.min(...full.map(([, { minuteAt }]) => (minuteAt.at(-1) ?? 0) + MINUTE));
  return Math.floor(horizon / stepMs) * stepMs;
}

function before(series: SeriesLists, cut: EpochMs | null): AggregateSeries {
  if (cut === null) return series;
  const end = series.minuteAt.findIndex((at) => at >= cut);
  if (end < 0) return series;
  const shorter = Object.entries(series).map(([name, list]) => [name, list.slice(0, end)]);
  return Object.fromEntries(shorter) as SeriesLists;
}

function rowsOf(
  owner: Pick<AggregateRow, "deviceId" | "metric">,
  series: AggregateSeries,
): AggregateRow[] {
  return Array.from(series.minuteAt, (minuteAt, i) => ({
    ...owner,
    minuteAt,
    count: series.count[i] ?? 0,
    avg: series.avg[i] ?? 0,
    min: series.min[i] ?? 0,
    max: series.max[i] ?? 0,
    last: series.last[i] ?? 0,
    stddev: series.stddev[i] ?? 0,
  }));
}

function byTimeThenMetric(a: AggregateRow, b: AggregateRow): number {
  return a.minuteAt - b.minuteAt || (a.metric < b.metric ? -1 : 1);
}
