import type { Connection, RowDataPacket } from "mysql2/promise";
import { type Choices, influxqlText, type Moment, promqlText, sqlText } from "./interpolation.ts";

/** A target of a panel or of an alerting rule, as it stands in the generated file. */
export interface FileTarget {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly query?: string;
  readonly alias?: string;
  readonly resultFormat?: string;
  readonly rawSql?: string;
  readonly format?: string;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
}

/** One line or table of an answer. */
export interface Frame {
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface GrafanaServers {
  readonly influxdb: { readonly url: string; readonly user: string; readonly password: string };
  readonly mysql: Connection;
  readonly prometheus: { readonly url: string; readonly rateInterval: string };
}

/** What the panel would get to show. */
export function runTarget(
  servers: GrafanaServers,
  target: FileTarget,
  { choices, moment }: { readonly choices: Choices; readonly moment: Moment },
): Promise<readonly Frame[]> {
  switch (target.datasource.uid) {
    case "iai-influxdb":
      return runInfluxql(servers, influxqlText(target.query ?? "", choices, moment));
    case "iai-mysql":
      return runSql(servers, sqlText(target.rawSql ?? "", choices, moment));
    case "iai-prometheus": {
      const text = promqlText(target.expr ?? "", choices, servers.prometheus.rateInterval);
      return runPromql(servers, text, target.instant === true ? null : moment);
    }
    default:
      throw new Error(`there is no data source "${target.datasource.uid}"`);
  }
}

export async function runInfluxql(
  { influxdb }: Pick<GrafanaServers, "influxdb">,
  q: string,
): Promise<readonly Frame[]> {
  const answer = await fetch(`${influxdb.url}/query?db=iai&epoch=ms`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${influxdb.user}:${influxdb.password}`)}` },
    body: new URLSearchParams({ q }),
  });
  const { results = [], error } = (await answer.json()) as InfluxAnswer;
  const failed = error ?? results.find((result) => result.error !== undefined)?.error;
  if (failed !== undefined) throw new Error(`InfluxDB: ${failed}: ${q}`);
  return results.flatMap(({ series = [] }) =>
    series.map(({ tags = {}, columns, values }) => ({ labels: tags, columns, rows: values })),
  );
}

interface InfluxAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly unknown[])[];
    }[];
  }[];
}

export async function runSql(
  { mysql }: Pick<GrafanaServers, "mysql">,
  sql: string,
): Promise<readonly Frame[]> {
  try {
    const [rows, fields] = await mysql.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
    return [{ labels: {}, columns: fields.map(({ name }) => name), rows }];
  } catch (cause) {
    throw new Error(`MySQL: ${String(cause)}: ${sql}`, { cause });
  }
}

/** null for `moment`: the newest value of each line. */
async function runPromql(
  { prometheus }: Pick<GrafanaServers, "prometheus">,
  query: string,
  moment: Moment | null,
): Promise<readonly Frame[]> {
  const range =
    moment === null
      ? {}
      : {
          start: String(moment.fromMs / 1_000),
          end: String(moment.toMs / 1_000),
          step: moment.interval,
        };
  const path = moment === null ? "query" : "query_range";
  const answer = await fetch(`${prometheus.url}/api/v1/${path}`, {
    method: "POST",
    body: new URLSearchParams({ query, ...range }),
  });
  const { status, error, data } = (await answer.json()) as PromAnswer;
  if (status !== "success") throw new Error(`Prometheus: ${error}: ${query}`);
  return data.result.map(({ metric, value, values }) => ({
    labels: metric,
    columns: ["time", "value"],
    // A histogram without a sample gives NaN, which a panel does not draw.
    rows: (values ?? (value === undefined ? [] : [value]))
      .map(([at, text]) => [at, Number(text)] as const)
      .filter(([, number]) => !Number.isNaN(number)),
  }));
}

interface PromAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** Values that a query of a variable offers. */
export async function runVariable(
  servers: GrafanaServers,
  variable: {
    readonly query: string;
    readonly uid: string;
    readonly regex?: string;
  },
  given: { readonly choices: Choices; readonly moment: Moment },
): Promise<readonly string[]> {
  const { query, uid } = variable;
  const labels = /^label_values\((.+), (\w+)\)$/.exec(query);
  const found =
    labels === null
      ? await firstColumn(servers, { query, uid }, given)
      : await labelValues(servers, labels[1] ?? "", labels[2] ?? "");
  const pattern = /^\/(.*)\/$/.exec(variable.regex ?? "")?.[1];
  return pattern === undefined ? found : found.filter((value) => new RegExp(pattern).test(value));
}

async function firstColumn(
  servers: GrafanaServers,
  { query, uid }: { readonly query: string; readonly uid: string },
  given: { readonly choices: Choices; readonly moment: Moment },
): Promise<readonly string[]> {
  const type = uid.replace(/^iai-/, "");
  const target = { refId: "A", datasource: { type, uid }, query, rawSql: query };
  const frames = await runTarget(servers, target, given);
  return frames.flatMap(({ rows }) => rows.map((row) => String(row[0])));
}

async function labelValues(
  { prometheus }: GrafanaServers,
  match: string,
  label: string,
): Promise<readonly string[]> {
  const search = new URLSearchParams({ "match[]": match });
  const answer = await fetch(`${prometheus.url}/api/v1/label/${label}/values?${search}`);
  return ((await answer.json()) as { readonly data: readonly string[] }).data;
}
