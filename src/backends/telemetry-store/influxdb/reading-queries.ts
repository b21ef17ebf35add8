import type { EpochMs } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { ReadingQuery } from "../../../ports/telemetry-store.ts";
import { fieldsFor, readingsOf } from "./codec.ts";
import type { InfluxClient, Series } from "./influx-client.ts";
import type { DeviceSpan, StoredReadings } from "./recent-minutes.ts";
import { from, RAW, RAW_POLICY, within } from "./schema.ts";

/** Points fetched at a time. */
const PAGE_POINTS = 10_000;
/** Points fetched at least where some may have to be left out. */
const FILTERED_PAGE_POINTS = 1_000;
/** Statements of one request: 1,000 devices are asked for in ten. */
const STATEMENTS = 100;

type Reader = Pick<InfluxClient, "query">;

/** Readings of one device in the order asked for; read in pages until there are enough. */
export async function readReadings(query: ReadingQuery, client: Reader): Promise<Reading[]> {
  const { deviceId, limit, order } = query;
  const metrics = query.metrics === null ? null : new Set(query.metrics);
  const readings: Reading[] = [];
  const least = metrics === null ? 1 : FILTERED_PAGE_POINTS;
  const page = Math.min(Math.max(limit, least), PAGE_POINTS);
  let { from: begin, to: end } = query;
  while (readings.length < limit && begin < end) {
    const text = `SELECT ${fieldsFor(query.metrics)} FROM ${from(RAW_POLICY, RAW)}
      WHERE "device_id" = $device AND ${within(begin, end)}
      ORDER BY time ${order === "asc" ? "ASC" : "DESC"} LIMIT ${page}`;
    const [series = []] = await client.query(text, { device: deviceId });
    const rows = series[0]?.values ?? [];
    for (const one of series) readings.push(...readingsOf(deviceId, one, metrics));
    const last = rows.at(-1)?.[0] as EpochMs | undefined;
    // Points without the metrics asked for take room in a page and are left out.
    if (last === undefined || rows.length < page) break;
    if (order === "asc") begin = last + 1;
    else end = last;
  }
  return readings.slice(0, limit);
}

/** What the database holds of many devices at once. */
export function createStoredReadings(client: Reader): StoredReadings {
  const ask = (spans: readonly DeviceSpan[], fields: string, tail: string) =>
    inRequests(spans, client, (span, device) => {
      const where = `WHERE "device_id" = ${device} AND ${within(span.begin, span.end)}`;
      return `SELECT ${fields} FROM ${from(RAW_POLICY, RAW)} ${where} ORDER BY time ${tail}`;
    });
  return {
    newest: async (spans) => {
      const answers = await ask(spans, "*::field", "DESC LIMIT 1");
      return answers.map((series) => (series[0]?.values[0]?.[0] as EpochMs | undefined) ?? null);
    },
    readings: async (spans) => {
      const answers = await ask(spans, "*::field", "ASC");
      return answers.map((series, i) =>
        series.flatMap((one) => readingsOf(spans[i]?.deviceId ?? "", one, null)),
      );
    },
  };
}

/** The answer to one statement a span, as many to a request as are good for both sides. */
async function inRequests(
  spans: readonly DeviceSpan[],
  client: Reader,
  statementOf: (span: DeviceSpan, device: string) => string,
): Promise<readonly (readonly Series[])[]> {
  const answers: (readonly Series[])[] = [];
  for (let begin = 0; begin < spans.length; begin += STATEMENTS) {
    const some = spans.slice(begin, begin + STATEMENTS);
    const text = some.map((span, i) => statementOf(span, `$d${i}`)).join(";");
    const params = Object.fromEntries(some.map(({ deviceId }, i) => [`d${i}`, deviceId]));
    answers.push(...(await client.query(text, params)));
  }
  return answers;
}
