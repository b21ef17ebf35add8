import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { PercentUnit, Seconds } from "@grafana/grafana-foundation-sdk/units";
import { assembleDashboard, inSelection, plantVariables } from "./dashboard-frame.ts";
import { measurements } from "./data-sources.ts";
import {
  alertsWithFirstDiagnosis,
  HANDLED_WITHIN_S,
  isHandled,
  responseSeconds,
} from "./diagnosis-sql.ts";
import { panelUnit } from "./panel-units.ts";
import { linePanel, numberPanel } from "./panels.ts";
import { influxql, sqlTable } from "./targets.ts";
import { type Language, nothing } from "./words.ts";

const COUNT = panelUnit("1");
const TODAY = "now/d";
const chosen = inSelection("a", { device: false });

/** The plant in six numbers. */
export function globalView(language: Language): Dashboard {
  return assembleDashboard(
    {
      name: "iai-global",
      title: { en: "IAI · plant overview", zh: "IAI · 全局总览" },
      about: {
        en: "Who reports, how many alerts today, and how soon they were handled.",
        zh: "在线设备、今日报警以及处理速度。",
      },
      from: "now-24h",
      variables: plantVariables(language, { devices: "list" }),
      panels: [
        devicesOnline(language),
        alertsToday(language),
        handlingRate(language),
        responseTime(language),
        activeAlarms(language),
        openOrders(language),
        readingsPerMinute(language),
      ],
    },
    language,
  );
}

function devicesOnline(language: Language) {
  return numberPanel(
    {
      title: { en: "Devices online", zh: "在线设备" },
      about: {
        en: "Devices of which a reading of the last 2 min was archived.",
        zh: "最近 2 分钟内有读数归档的设备数。",
      },
      unit: COUNT,
      source: "influxdb",
      targets: [
        influxql(
          `SELECT count("readings") AS "online" FROM (
             SELECT count("@received_at") AS "readings" FROM ${measurements.raw}
             WHERE "device_id" =~ /^\${device:regex}$/ AND time >= now() - 2m GROUP BY "device_id")
           WHERE time >= now() - 2m`,
        ),
      ],
      nothing: nothing.readings,
      size: [4, 5],
    },
    language,
  );
}

function alertsToday(language: Language) {
  return numberPanel(
    {
      title: { en: "Alerts today", zh: "今日报警" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT COUNT(*) AS alerts FROM alert_log a WHERE $__timeFilter(a.created_at) AND ${chosen}`,
        ),
      ],
      nothing: nothing.alerts,
      size: [4, 5],
    },
    language,
  ).timeFrom(TODAY);
}

function handlingRate(language: Language) {
  return numberPanel(
    {
      title: { en: "AI handling rate", zh: "AI 处理率" },
      about: {
        en: `Alerts that were diagnosed within ${HANDLED_WITHIN_S} s among all alerts; one that is younger and not yet diagnosed does not count.`,
        zh: `${HANDLED_WITHIN_S} 秒内完成诊断的报警占全部报警的比例；尚在时限内的不计。`,
      },
      unit: PercentUnit,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT AVG(${isHandled}) AS handled FROM ${alertsWithFirstDiagnosis}
           WHERE $__timeFilter(a.created_at) AND ${chosen}`,
        ),
      ],
      nothing: nothing.alerts,
      size: [4, 5],
      decimals: 1,
    },
    language,
    [
      { value: null, color: "red" },
      { value: 0.95, color: "orange" },
      { value: 0.99, color: "green" },
    ],
  );
}

function responseTime(language: Language) {
  return numberPanel(
    {
      title: { en: "Mean response time", zh: "平均响应时间" },
      about: {
        en: "From storing the alert to its first diagnosis.",
        zh: "从报警入库到首次诊断。",
      },
      unit: Seconds,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT AVG(${responseSeconds}) AS seconds FROM ${alertsWithFirstDiagnosis}
           WHERE $__timeFilter(a.created_at) AND ${chosen}`,
        ),
      ],
      nothing: nothing.reports,
      size: [4, 5],
      decimals: 1,
    },
    language,
    [
      { value: null, color: "green" },
      { value: HANDLED_WITHIN_S, color: "red" },
    ],
  );
}

function activeAlarms(language: Language) {
  return numberPanel(
    {
      title: { en: "Active P0 and P1", zh: "活动 P0 和 P1" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT COUNT(*) AS alarms FROM alert_log a
           WHERE a.alert_level IN ('P0', 'P1') AND a.alarm_state IN ('UNACK_ACTIVE', 'ACK_ACTIVE') AND ${chosen}`,
        ),
      ],
      nothing: nothing.alerts,
      size: [4, 5],
    },
    language,
    [
      { value: null, color: "green" },
      { value: 1, color: "red" },
    ],
  );
}

function openOrders(language: Language) {
  return numberPanel(
    {
      title: { en: "Open work orders", zh: "未完工单" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT COUNT(*) AS orders FROM work_order o
           WHERE o.status NOT IN ('COMPLETED', 'CANCELLED') AND ${inSelection("o", { device: false })}`,
        ),
      ],
      nothing: nothing.orders,
      size: [4, 5],
    },
    language,
  );
}

function readingsPerMinute(language: Language) {
  return linePanel(
    {
      title: { en: "Readings archived", zh: "归档读数" },
      about: {
        en: "By the time at which they were measured; late readings fill their own minute.",
        zh: "按测量时间统计，迟到的读数计入其所属分钟。",
      },
      unit: "cpm",
      source: "influxdb",
      targets: [
        influxql(
          `SELECT count("@received_at") AS "readings" FROM ${measurements.raw}
           WHERE "device_id" =~ /^\${device:regex}$/ AND $timeFilter GROUP BY time(1m) fill(0)`,
          { alias: "$col" },
        ),
      ],
      nothing: nothing.readings,
      size: [24, 9],
      decimals: 0,
    },
    language,
  );
}
