import type { DataSourceRef } from "@grafana/grafana-foundation-sdk/common";

/** The servers that the dashboards read. Provisioning creates them with these uids, and every query names one. */
export const dataSources = {
  influxdb: { type: "influxdb", uid: "iai-influxdb" },
  mysql: { type: "mysql", uid: "iai-mysql" },
  prometheus: { type: "prometheus", uid: "iai-prometheus" },
} as const satisfies Record<string, DataSourceRef>;

export type DataSourceName = keyof typeof dataSources;

/** Uid under which Grafana evaluates its own expressions. */
export const EXPRESSION_UID = "__expr__";

/** Measurements with their retention policies, as the InfluxDB store writes them. */
export const measurements = {
  raw: '"rp_raw_90d"."sensor_raw"',
  episodes: '"rp_agg_365d"."anomaly_events"',
} as const;
