import { stringify } from "yaml";
import { dataSources } from "./data-sources.ts";
import { languages } from "./words.ts";

/**
 * Grafana replaces `$NAME` by the environment when it reads these files. Users are readers of the two databases:
 * `deploy/mysql/grafana-reader.sql` and InfluxDB's read user.
 */
export function dataSourceFile(): string {
  return stringify({
    apiVersion: 1,
    // Nobody edits by hand what the next start would overwrite.
    datasources: [
      {
        name: "IAI InfluxDB",
        ...dataSources.influxdb,
        access: "proxy",
        editable: false,
        url: "$GRAFANA_INFLUXDB_URL",
        user: "$GRAFANA_INFLUXDB_USER",
        jsonData: { dbName: "iai", httpMode: "POST", version: "InfluxQL" },
        secureJsonData: { password: "$GRAFANA_INFLUXDB_PASSWORD" },
      },
      {
        name: "IAI MySQL",
        ...dataSources.mysql,
        access: "proxy",
        editable: false,
        url: "$GRAFANA_MYSQL_ADDRESS",
        user: "$GRAFANA_MYSQL_USER",
        jsonData: {
          database: "iai",
          // Columns are UTC; without it FROM_UNIXTIME would speak the server's own zone.
          timezone: "+00:00",
          tlsAuthWithCACert: true,
          maxOpenConns: 5,
          maxIdleConns: 2,
        },
        secureJsonData: {
          password: "$GRAFANA_MYSQL_PASSWORD",
          tlsCACert: "$__file{/etc/grafana/ca.pem}",
        },
      },
      {
        name: "IAI Prometheus",
        ...dataSources.prometheus,
        access: "proxy",
        editable: false,
        isDefault: true,
        url: "$GRAFANA_PROMETHEUS_URL",
        jsonData: { httpMethod: "POST", timeInterval: "5s" },
      },
    ],
  });
}

/** One folder a language; the files appear in it by themselves. */
export function dashboardProviderFile(): string {
  return stringify({
    apiVersion: 1,
    providers: languages.map((language) => ({
      name: `iai-${language}`,
      orgId: 1,
      folder: { en: "IAI", zh: "IAI 中文" }[language],
      folderUid: `iai-${language}`,
      type: "file",
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 60,
      options: { path: `/etc/grafana/dashboards/${language}` },
    })),
  });
}

/**
 * Who is told: one address from the environment, of any kind that takes a `url` (webhook, dingding, wecom, teams,
 * slack). The policy replaces the whole tree of the organisation.
 */
export function contactPointFile(): string {
  const receiver = "iai-operators";
  return stringify({
    apiVersion: 1,
    contactPoints: [
      {
        orgId: 1,
        name: receiver,
        receivers: [
          {
            uid: receiver,
            type: "$GRAFANA_CONTACT_TYPE",
            settings: { url: "$GRAFANA_CONTACT_URL" },
          },
        ],
      },
    ],
    policies: [
      {
        orgId: 1,
        receiver,
        group_by: ["grafana_folder", "alertname"],
        group_wait: "30s",
        group_interval: "5m",
        repeat_interval: "4h",
      },
    ],
  });
}
