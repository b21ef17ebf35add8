import { stringify } from "yaml";
import { type AlertRule, alertRules } from "./alert-rules.ts";
import { dataSources, EXPRESSION_UID } from "./data-sources.ts";
import { influxql, promqlNow, sqlTable } from "./targets.ts";

/** How often Grafana looks, s. */
const INTERVAL_S = 30;

/** Alerting rules as Grafana's provisioning reads them: a query, its last value, and the limit. */
export function grafanaAlertRules(): string {
  return stringify({
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: "iai",
        folder: "IAI alerting",
        interval: `${INTERVAL_S}s`,
        rules: alertRules.map(grafanaRule),
      },
    ],
  });
}

/** The rules that Prometheus can judge alone, for who has an Alertmanager and no Grafana. */
export function prometheusRules(): string {
  const rules = alertRules.filter(({ source }) => source === "prometheus");
  return stringify({
    groups: [{ name: "iai", interval: `${INTERVAL_S}s`, rules: rules.map(prometheusRule) }],
  });
}

function grafanaRule(rule: AlertRule) {
  const { uid, fires, forS, severity, noData, windowS } = rule;
  const { refId, ...model } = withoutMethods(targetOf(rule).build());
  return {
    uid,
    title: bothOf(rule.title),
    condition: "C",
    for: `${forS}s`,
    noDataState: noData,
    execErrState: "Error",
    labels: { severity, service: "iai" },
    annotations: annotationsOf(rule),
    data: [
      {
        refId: "A",
        datasourceUid: dataSources[rule.source].uid,
        relativeTimeRange: { from: windowS, to: 0 },
        model: { refId, ...model, intervalMs: INTERVAL_S * 1_000, maxDataPoints: 1_000 },
      },
      expression("B", { type: "reduce", expression: "A", reducer: "last" }),
      expression("C", {
        type: "threshold",
        expression: "B",
        conditions: [
          { evaluator: { type: fires.when === "above" ? "gt" : "lt", params: [fires.value] } },
        ],
      }),
    ],
  };
}

function prometheusRule(rule: AlertRule) {
  const { uid, query, fires, forS, severity } = rule;
  const limit = `${fires.when === "above" ? ">" : "<"} ${fires.value}`;
  return {
    alert: uid,
    expr: `(${query}) ${limit}`,
    for: `${forS}s`,
    labels: { severity, service: "iai" },
    annotations: annotationsOf(rule),
  };
}

function targetOf({ source, query }: AlertRule) {
  switch (source) {
    case "influxdb":
      return influxql(query);
    case "mysql":
      return sqlTable(query);
    case "prometheus":
      return promqlNow(query, "");
  }
}

function expression(refId: string, fields: Readonly<Record<string, unknown>>) {
  return {
    refId,
    datasourceUid: EXPRESSION_UID,
    model: { refId, datasource: { type: EXPRESSION_UID, uid: EXPRESSION_UID }, ...fields },
  };
}

const bothOf = ({ en, zh }: AlertRule["title"]): string => `${en} / ${zh}`;

function annotationsOf({ summary, remedy }: AlertRule) {
  return { summary: bothOf(summary), description: bothOf(remedy) };
}

/** What stays of a target in a file. */
function withoutMethods(target: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(target)) as Record<string, unknown>;
}
