import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { PercentUnit, Seconds } from "@grafana/grafana-foundation-sdk/units";
import { assembleDashboard, inSelection, plantVariables } from "./dashboard-frame.ts";
import { alertsWithFirstDiagnosis, responseSeconds } from "./diagnosis-sql.ts";
import { panelUnit } from "./panel-units.ts";
import { barPanel, countPanel, numberPanel, piePanel } from "./panels.ts";
import { sqlSeries, sqlTable } from "./targets.ts";
import { faultInWords, type Language, nothing } from "./words.ts";

const COUNT = panelUnit("1");
const chosen = inSelection("a", { device: true });
const chosenOrders = inSelection("o", { device: true });

/** What became of the alerts: how soon they were diagnosed, as what, by whom, and whether the orders get done. */
export function aiDiagnosis(language: Language): Dashboard {
  return assembleDashboard(
    {
      name: "iai-diagnosis",
      title: { en: "IAI · AI diagnosis", zh: "IAI · AI 诊断" },
      about: {
        en: "From the alert to its first diagnosis, and from the work order to its completion.",
        zh: "从报警到首次诊断，从工单到完工。",
      },
      from: "now-24h",
      variables: plantVariables(language, { devices: "mark" }),
      panels: [
        latencies(language),
        slowest(language),
        closingRate(language),
        faultCategories(language),
        sources(language),
        perHour(language),
      ],
    },
    language,
  );
}

/** Upper bounds of the bars, s: the promise is 30 s with a language model and 2 s by rules. */
const bounds = [1, 2, 5, 10, 30, 60] as const;

function latencies(language: Language) {
  const bars = bounds.map(
    (bound, index) =>
      `SELECT ${index} AS n, '≤ ${bound} s' AS latency, ${bounds[index - 1] ?? -1} AS above, ${bound} AS upto`,
  );
  bars.push(`SELECT ${bounds.length}, '> 60 s', 60, 1e9`);
  return barPanel(
    {
      title: { en: "Latency from alert to diagnosis", zh: "报警到诊断的时延分布" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT b.latency, COUNT(r.seconds) AS alerts
           FROM (${bars.join(" UNION ALL ")}) b
           LEFT JOIN (
             SELECT ${responseSeconds} AS seconds FROM ${alertsWithFirstDiagnosis}
             WHERE $__timeFilter(a.created_at) AND h.diagnosed_at IS NOT NULL AND ${chosen}
           ) r ON r.seconds > b.above AND r.seconds <= b.upto
           GROUP BY b.n, b.latency ORDER BY b.n`,
        ),
      ],
      nothing: nothing.reports,
      size: [10, 9],
      decimals: 0,
    },
    language,
  );
}

function slowest(language: Language) {
  return numberPanel(
    {
      title: { en: "Slowest diagnosis", zh: "最慢诊断" },
      unit: Seconds,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT MAX(${responseSeconds}) AS seconds FROM ${alertsWithFirstDiagnosis}
           WHERE $__timeFilter(a.created_at) AND ${chosen}`,
        ),
      ],
      nothing: nothing.reports,
      size: [4, 9],
      decimals: 1,
    },
    language,
    [
      { value: null, color: "green" },
      { value: 30, color: "red" },
    ],
  );
}

function closingRate(language: Language) {
  return numberPanel(
    {
      title: { en: "Closing rate", zh: "工单完成率" },
      about: {
        en: "Completed orders among the orders that were written in this time.",
        zh: "此时段建立的工单中已完工的比例。",
      },
      unit: PercentUnit,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT AVG(o.status = 'COMPLETED') AS closed FROM work_order o
           WHERE $__timeFilter(o.created_at) AND ${chosenOrders}`,
        ),
      ],
      nothing: nothing.orders,
      size: [4, 9],
      decimals: 1,
    },
    language,
  );
}

function faultCategories(language: Language) {
  return piePanel(
    {
      title: { en: "Fault categories", zh: "故障类别" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT ${faultInWords("r.fault_category", language)} AS fault, COUNT(*) AS reports
           FROM diagnosis_report r JOIN alert_log a ON a.trace_id = r.trace_id
           WHERE $__timeFilter(r.created_at) AND ${chosen}
           GROUP BY r.fault_category ORDER BY reports DESC, fault`,
        ),
      ],
      nothing: nothing.reports,
      size: [6, 9],
      decimals: 0,
    },
    language,
  );
}

function sources(language: Language) {
  const words = {
    en: { llm: "language model", rules: "rules" },
    zh: { llm: "大模型", rules: "规则" },
  }[language];
  return piePanel(
    {
      title: { en: "Written by", zh: "诊断来源" },
      about: {
        en: "Rule reports are complete reports; they take over when no language model answers in time.",
        zh: "规则报告是完整报告；大模型未及时应答时由规则给出。",
      },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT CASE r.source WHEN 'llm' THEN '${words.llm}' ELSE '${words.rules}' END AS source,
             COUNT(*) AS reports
           FROM diagnosis_report r JOIN alert_log a ON a.trace_id = r.trace_id
           WHERE $__timeFilter(r.created_at) AND ${chosen}
           GROUP BY r.source ORDER BY r.source`,
        ),
      ],
      nothing: nothing.reports,
      size: [8, 8],
      decimals: 0,
    },
    language,
  );
}

function perHour(language: Language) {
  return countPanel(
    {
      title: { en: "Diagnoses over time", zh: "诊断数量趋势" },
      unit: COUNT,
      source: "mysql",
      targets: [
        sqlSeries(
          `SELECT $__timeGroupAlias(r.created_at, $__interval, 0), r.severity AS metric, COUNT(*) AS reports
           FROM diagnosis_report r JOIN alert_log a ON a.trace_id = r.trace_id
           WHERE $__timeFilter(r.created_at) AND ${chosen}
           GROUP BY 1, 2 ORDER BY 1`,
        ),
      ],
      nothing: nothing.reports,
      size: [16, 8],
      decimals: 0,
    },
    language,
  ).interval("1m");
}
