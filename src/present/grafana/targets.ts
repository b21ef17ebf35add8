import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { dataSources } from "./data-sources.ts";

type Target = Builder<Dataquery>;

/**
 * InfluxQL as its author wrote it: the SDK has no query type of InfluxDB and MySQL. `alias` names a line with
 * `$tag_…` and `$col`.
 */
export function influxql(
  query: string,
  options: { readonly alias?: string; readonly table?: boolean } = {},
): Target {
  return targetOf({
    refId: "A",
    datasource: dataSources.influxdb,
    query: oneLine(query),
    rawQuery: true,
    resultFormat: options.table === true ? "table" : "time_series",
    ...(options.alias === undefined ? {} : { alias: options.alias }),
  });
}

/** A statement that gives rows. */
export function sqlTable(sql: string): Target {
  return sqlTarget(sql, "table");
}

/** A statement with a column `time` in Unix seconds, perhaps one text column `metric`, and numbers. */
export function sqlSeries(sql: string): Target {
  return sqlTarget(sql, "time_series");
}

/** Lines over time. */
export function promql(expression: string, legend: string, refId = "A"): Target {
  return new DataqueryBuilder()
    .datasource(dataSources.prometheus)
    .refId(refId)
    .expr(oneLine(expression))
    .legendFormat(legend)
    .range();
}

/** The newest value of each line, as rows. */
export function promqlNow(expression: string, legend: string): Target {
  return new DataqueryBuilder()
    .datasource(dataSources.prometheus)
    .refId("A")
    .expr(oneLine(expression))
    .legendFormat(legend)
    .format(PromQueryFormat.TimeSeries)
    .instant();
}

function sqlTarget(sql: string, format: "table" | "time_series"): Target {
  return targetOf({
    refId: "A",
    datasource: dataSources.mysql,
    rawSql: oneLine(sql),
    rawQuery: true,
    editorMode: "code",
    format,
  });
}

function targetOf(fields: Readonly<Record<string, unknown>>): Target {
  return { build: () => ({ ...fields, _implementsDataqueryVariant: () => undefined }) };
}

/** Generated files are read by people too. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
