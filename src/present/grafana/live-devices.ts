import {
  type Dashboard,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { assembleDashboard, inSelection, plantVariables } from "./dashboard-frame.ts";
import { dataSources, measurements } from "./data-sources.ts";
import { panelUnit, unitByMetric } from "./panel-units.ts";
import { linePanel, mapping, rowsPanel } from "./panels.ts";
import { influxql, sqlTable } from "./targets.ts";
import { deviceStatus, type Language, nothing } from "./words.ts";

/** What the machines say now: temperature, vibration, any other metric, state and running deviations. */
export function liveDevices(language: Language): Dashboard {
  return assembleDashboard(
    {
      name: "iai-live-devices",
      title: { en: "IAI · live devices", zh: "IAI · 设备实时" },
      about: {
        en: "Readings as they were archived, averaged over the width of a pixel, and the state of each device.",
        zh: "归档后的读数（按像素宽度取平均）以及每台设备的状态。",
      },
      from: "now-15m",
      variables: [...plantVariables(language, { devices: "list" }), metricVariable(language)],
      panels: [
        linePanel(
          {
            title: { en: "Temperature", zh: "温度" },
            unit: panelUnit("°C"),
            source: "influxdb",
            targets: [metricLines("temperature")],
            nothing: nothing.readings,
            size: [12, 9],
          },
          language,
        ),
        linePanel(
          {
            title: { en: "Vibration (RMS acceleration)", zh: "振动（加速度有效值）" },
            unit: panelUnit("g"),
            source: "influxdb",
            targets: [metricLines("vibration")],
            nothing: nothing.readings,
            size: [12, 9],
          },
          language,
        ),
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variables
        metricPanel("${metric}", language),
        stateBoard(language),
        deviations(language),
      ],
    },
    language,
  );
}

function metricVariable(language: Language): QueryVariableBuilder {
  return (
    new QueryVariableBuilder("metric")
      .label({ en: "Metric", zh: "测点" }[language])
      .datasource(dataSources.influxdb)
      .query(`SHOW FIELD KEYS FROM ${measurements.raw}`)
      // Fields with an @ belong to the reading as a whole, those with a ~ have a name that InfluxDB reserves.
      .regex("/^[^@~].*/")
      .multi(false)
      .includeAll(false)
      .allowCustomValue(false)
      .sort(VariableSort.AlphabeticalAsc)
      .refresh(VariableRefresh.OnDashboardLoad)
  );
}

/** One line a device. Bad values are stored and shown as well; IAI itself never judges by them. */
function metricLines(metric: string) {
  return influxql(
    `SELECT mean("${metric}") AS "${metric}" FROM ${measurements.raw}
     WHERE "device_id" =~ /^\${device:regex}$/ AND $timeFilter
     GROUP BY time($__interval), "device_id" fill(null)`,
    { alias: "$tag_device_id $col" },
  );
}

function metricPanel(metric: string, language: Language) {
  const panel = linePanel(
    {
      title: { en: `Metric: ${metric}`, zh: `测点：${metric}` },
      about: {
        en: "Choose the metric above. Metrics of your own are shown without a unit.",
        zh: "在上方选择测点；自定义测点不带单位。",
      },
      unit: panelUnit("1"),
      source: "influxdb",
      targets: [metricLines(metric)],
      nothing: nothing.readings,
      size: [24, 9],
    },
    language,
  );
  for (const { regexp, properties } of unitByMetric()) panel.overrideByRegexp(regexp, properties);
  return panel;
}

/** Every device with what it does and the worst alarm that is active on it. */
function stateBoard(language: Language) {
  const names = {
    device: { en: "Device", zh: "设备" }[language],
    name: { en: "Name", zh: "名称" }[language],
    line: { en: "Line", zh: "产线" }[language],
    status: { en: "Status", zh: "运行状态" }[language],
    alarm: { en: "Worst active alarm", zh: "最高活动报警" }[language],
    active: { en: "Active alarms", zh: "活动报警数" }[language],
  };
  const panel = rowsPanel(
    {
      title: { en: "State board", zh: "状态看板" },
      unit: panelUnit("1"),
      source: "mysql",
      targets: [
        sqlTable(
          `SELECT d.device_id AS '${names.device}', d.device_name AS '${names.name}',
             CONCAT(d.factory_id, ' / ', d.line_id) AS '${names.line}', d.status AS '${names.status}',
             COALESCE(MIN(a.alert_level), '-') AS '${names.alarm}', COUNT(a.trace_id) AS '${names.active}'
           FROM device_registry d
           LEFT JOIN alert_log a ON a.device_id = d.device_id
             AND a.alarm_state IN ('UNACK_ACTIVE', 'ACK_ACTIVE')
           WHERE ${inSelection("d", { device: false })}
           GROUP BY d.device_id, d.device_name, d.factory_id, d.line_id, d.status
           ORDER BY 5 = '-', 5, d.device_id`,
        ),
      ],
      nothing: nothing.devices,
      size: [14, 11],
    },
    language,
  );
  const words = (code: keyof typeof deviceStatus, color: string) => ({
    text: deviceStatus[code][language],
    color,
  });
  return panel
    .overrideByName(
      names.status,
      mapping({
        RUNNING: words("RUNNING", "green"),
        STOPPED: words("STOPPED", "#808080"),
        MAINTENANCE: words("MAINTENANCE", "blue"),
        RETIRED: words("RETIRED", "#808080"),
      }),
    )
    .overrideByName(
      names.alarm,
      mapping({
        P0: { text: "P0", color: "red" },
        P1: { text: "P1", color: "orange" },
        P2: { text: "P2", color: "yellow" },
        P3: { text: "P3", color: "blue" },
        "-": { text: "-", color: "green" },
      }),
    );
}

/** What the detectors saw; it pages nobody before it lasts or a limit joins. */
function deviations(language: Language) {
  const lasts = { en: "Lasts", zh: "持续中" }[language];
  const words = { en: { yes: "yes", no: "no" }, zh: { yes: "是", no: "否" } }[language];
  return rowsPanel(
    {
      title: { en: "Anomalies that began in this time", zh: "此时段开始的异常" },
      unit: panelUnit("1"),
      source: "influxdb",
      targets: [
        influxql(
          `SELECT "device_id" AS "${{ en: "Device", zh: "设备" }[language]}",
             "condition" AS "${{ en: "Condition", zh: "条件" }[language]}",
             "detector" AS "${{ en: "Detector", zh: "检测器" }[language]}",
             "peak_score" AS "${{ en: "Peak score", zh: "最高得分" }[language]}", "lasts" AS "${lasts}"
           FROM ${measurements.episodes}
           WHERE "device_id" =~ /^\${device:regex}$/ AND "shadow" = false AND $timeFilter
           ORDER BY time DESC LIMIT 100`,
          { table: true },
        ),
      ],
      nothing: nothing.anomalies,
      size: [10, 11],
      decimals: 2,
    },
    language,
  ).overrideByName(
    lasts,
    mapping({
      true: { text: words.yes, color: "orange" },
      false: { text: words.no, color: "#808080" },
    }),
  );
}
