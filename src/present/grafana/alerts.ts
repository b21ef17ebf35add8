import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { assembleDashboard, inSelection, plantVariables } from "./dashboard-frame.ts";
import { panelUnit } from "./panel-units.ts";
import { barPanel, countPanel, mapping, piePanel, rowsPanel } from "./panels.ts";
import { sqlSeries, sqlTable } from "./targets.ts";
import { type Language, nothing } from "./words.ts";

const COUNT = panelUnit("1");
const chosen = inSelection("a", { device: true });

const levelColors = { P0: "red", P1: "orange", P2: "yellow", P3: "blue" } as const;

/** How many alerts, of what, where. Counted when IAI stored them; a re-raise within the cool-down is no new one. */
export function alerts(language: Language): Dashboard {
  return assembleDashboard(
    {
      name: "iai-alerts",
      title: { en: "IAI · alerts", zh: "IAI · 报警统计" },
      about: {
        en: "Alerts by the time at which IAI stored them. A condition that returns within the cool-down is the same alert.",
        zh: "按 IAI 记录时间统计。冷却时间内再次出现的条件算同一报警。",
      },
      from: "now-24h",
      variables: plantVariables(language, { devices: "mark" }),
      panels: [
        trend(language),
        topDevices(language),
        bySeverity(language),
        byType(language),
        openAlarms(language),
      ],
    },
    language,
  );
}

function trend(language: Language) {
  const panel = countPanel(
    {
      title: { en: "Alerts over time", zh: "报警数量趋势" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlSeries(
          `SELECT $__timeGroupAlias(a.created_at, $__interval, 0), a.alert_level AS metric, COUNT(*) AS alerts
           FROM alert_log a WHERE $__timeFilter(a.created_at) AND ${chosen}
           GROUP BY 1, 2 ORDER BY 1`,
        ),
      ],
      nothing: nothing.alerts,
      size: [24, 8],
      decimals: 0,
    },
    language,
  ).interval("1m");
  for (const [level, color] of Object.entries(levelColors)) {
    panel.overrideByRegexp(`/\\b${level}$/`, [
      { id: "color", value: { mode: "fixed", fixedColor: color } },
    ]);
  }
  return panel;
}

function topDevices(language: Language) {
  return barPanel(
    {
      title: { en: "Top 10 devices", zh: "报警最多的 10 台设备" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT a.device_id AS device, COUNT(*) AS alerts
           FROM alert_log a WHERE $__timeFilter(a.created_at) AND ${chosen}
           GROUP BY a.device_id ORDER BY alerts DESC, device LIMIT 10`,
        ),
      ],
      nothing: nothing.alerts,
      size: [8, 10],
      decimals: 0,
    },
    language,
  );
}

function bySeverity(language: Language) {
  const panel = piePanel(
    {
      title: { en: "By severity", zh: "按级别" },
      about: {
        en: "The severity that the alert has now; it rises and falls with the machine.",
        zh: "报警当前级别，随设备状况升降。",
      },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT a.alert_level AS severity, COUNT(*) AS alerts
           FROM alert_log a WHERE $__timeFilter(a.created_at) AND ${chosen}
           GROUP BY a.alert_level ORDER BY severity`,
        ),
      ],
      nothing: nothing.alerts,
      size: [8, 10],
      decimals: 0,
    },
    language,
  );
  // Only fields have colours, so each row becomes one.
  panel
    .withTransformation({ id: "rowsToFields", options: {} })
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(["lastNotNull"]).fields(""));
  for (const [level, color] of Object.entries(levelColors)) {
    panel.overrideByName(level, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  }
  return panel;
}

function byType(language: Language) {
  return piePanel(
    {
      title: { en: "By condition", zh: "按条件" },
      about: { en: "The condition that opened the alert.", zh: "触发报警的首个条件。" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT a.alert_type AS type, COUNT(*) AS alerts
           FROM alert_log a WHERE $__timeFilter(a.created_at) AND ${chosen}
           GROUP BY a.alert_type ORDER BY alerts DESC, type`,
        ),
      ],
      nothing: nothing.alerts,
      size: [8, 10],
      decimals: 0,
    },
    language,
  );
}

/** Whatever the chosen time is: an alarm that is active does not become old news. */
function openAlarms(language: Language) {
  const severity = { en: "Severity", zh: "级别" }[language];
  return rowsPanel(
    {
      title: { en: "Active alarms (any time)", zh: "活动报警（不限时间）" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT a.alert_level AS '${severity}', a.device_id AS '${{ en: "Device", zh: "设备" }[language]}',
             a.alert_type AS '${{ en: "Condition", zh: "条件" }[language]}',
             a.opened_at AS '${{ en: "Since", zh: "开始" }[language]}',
             a.alarm_state AS '${{ en: "State", zh: "状态" }[language]}',
             a.status AS '${{ en: "Diagnosis", zh: "诊断" }[language]}',
             a.occurrences AS '${{ en: "Occurrences", zh: "次数" }[language]}',
             COALESCE(a.assignee, '-') AS '${{ en: "Assigned to", zh: "负责人" }[language]}'
           FROM alert_log a
           WHERE a.alarm_state IN ('UNACK_ACTIVE', 'ACK_ACTIVE') AND ${chosen}
           ORDER BY a.alert_level, a.opened_at LIMIT 200`,
        ),
      ],
      nothing: nothing.alerts,
      size: [24, 10],
    },
    language,
  ).overrideByName(
    severity,
    mapping({
      P0: { text: "P0", color: levelColors.P0 },
      P1: { text: "P1", color: levelColors.P1 },
      P2: { text: "P2", color: levelColors.P2 },
      P3: { text: "P3", color: levelColors.P3 },
    }),
  );
}
