import {
  type Dashboard,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  BytesIEC,
  CountsPerSecond,
  Percent,
  RequestsPerSecond,
  Seconds,
} from "@grafana/grafana-foundation-sdk/units";
import { assembleDashboard } from "./dashboard-frame.ts";
import { dataSources } from "./data-sources.ts";
import { panelUnit } from "./panel-units.ts";
import { barPanel, linePanel, numberPanel, type PanelFrame } from "./panels.ts";
import { promql, promqlNow } from "./targets.ts";
import { type Language, nothing } from "./words.ts";

const COUNT = panelUnit("1");
const chosen = 'job="iai",instance=~"$instance"';

/** The pipeline itself, from the metrics of its processes. */
export function pipelineHealth(language: Language): Dashboard {
  return assembleDashboard(
    {
      name: "iai-pipeline",
      title: { en: "IAI · pipeline health", zh: "IAI · 流水线健康" },
      about: {
        en: "From /metrics of every IAI process: what comes in, what waits, what is refused, what it costs.",
        zh: "来自各 IAI 进程的 /metrics：流入、积压、拒收与资源占用。",
      },
      from: "now-1h",
      variables: [instanceVariable(language)],
      panels: [
        dependencies(language),
        linePanel(readings, language),
        linePanel(refusals, language),
        linePanel(lags, language),
        linePanel(requests, language),
        linePanel(slowRequests, language),
        linePanel(storage, language),
        linePanel(disk, language),
        linePanel(memory, language),
        linePanel(cpu, language),
        numberPanel(devices, language),
        numberPanel(clients, language),
      ],
    },
    language,
  );
}

function instanceVariable(language: Language): QueryVariableBuilder {
  return new QueryVariableBuilder("instance")
    .label({ en: "Process", zh: "进程" }[language])
    .datasource(dataSources.prometheus)
    .query('label_values(up{job="iai"}, instance)')
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .allowCustomValue(false)
    .sort(VariableSort.AlphabeticalAsc)
    .refresh(VariableRefresh.OnDashboardLoad);
}

const half = [12, 8] as const;
const prometheus = { source: "prometheus", nothing: nothing.metrics, size: half } as const;

function dependencies(language: Language) {
  return barPanel(
    {
      ...prometheus,
      title: { en: "Dependencies (1 works, 0 does not)", zh: "依赖（1 正常，0 异常）" },
      unit: COUNT,
      targets: [
        promqlNow(
          `min by (instance, dependency) (iai_dependency_up_ratio{${chosen}})`,
          "{{instance}} {{dependency}}",
        ),
      ],
      size: [12, 8],
    },
    language,
  )
    .min(0)
    .max(1);
}

const readings: PanelFrame = {
  ...prometheus,
  title: { en: "Readings", zh: "读数" },
  about: {
    en: "Received = accepted + duplicates + rejected.",
    zh: "接收 = 接受 + 重复 + 拒绝。",
  },
  unit: CountsPerSecond,
  targets: ["accepted", "duplicates", "rejected"].map((kind, index) =>
    promql(
      `sum(rate(iai_readings_${kind}_total{${chosen}}[$__rate_interval]))`,
      kind,
      String.fromCharCode(65 + index),
    ),
  ),
};

const refusals: PanelFrame = {
  ...prometheus,
  title: { en: "Refused readings and values by code", zh: "按代码统计的拒收" },
  unit: CountsPerSecond,
  targets: [
    promql(
      `sum by (code) (rate(iai_refusals_items_total{${chosen}}[$__rate_interval]))`,
      "{{code}}",
    ),
  ],
};

const lags: PanelFrame = {
  ...prometheus,
  title: { en: "Lag by station", zh: "各工位积压" },
  about: {
    en: "Records that a station has still to work through. It returns to 0 when everything is done.",
    zh: "工位尚未处理的记录数，处理完后归零。",
  },
  unit: COUNT,
  targets: [promql(`max by (station) (iai_station_lag_items{${chosen}})`, "{{station}}")],
};

const requests: PanelFrame = {
  ...prometheus,
  title: { en: "HTTP requests by outcome", zh: "HTTP 请求（按结果）" },
  unit: RequestsPerSecond,
  targets: [
    promql(
      `sum by (status) (rate(iai_http_request_seconds_count{${chosen}}[$__rate_interval]))`,
      "{{status}}",
    ),
  ],
};

const slowRequests: PanelFrame = {
  ...prometheus,
  title: { en: "HTTP, 95 % are faster than", zh: "HTTP 95 分位时延" },
  unit: Seconds,
  targets: [
    promql(
      `histogram_quantile(0.95, sum by (route, le) (rate(iai_http_request_seconds_bucket{${chosen}}[$__rate_interval])))`,
      "{{route}}",
    ),
  ],
};

const storage: PanelFrame = {
  ...prometheus,
  title: { en: "Storage used", zh: "存储占用" },
  unit: BytesIEC,
  targets: [
    promql(
      `max by (instance, store) (iai_storage_used_bytes{${chosen}})`,
      "{{instance}} {{store}}",
    ),
  ],
};

const disk: PanelFrame = {
  ...prometheus,
  title: { en: "Disk used", zh: "磁盘使用率" },
  about: {
    en: "Of the machine, by node_exporter. IAI refuses new readings before a disk is full.",
    zh: "整机磁盘，来自 node_exporter。磁盘写满之前 IAI 会拒收新读数。",
  },
  unit: Percent,
  targets: [
    promql(
      `max by (instance, mountpoint) (100 - 100 * node_filesystem_avail_bytes{job="node",fstype!~"tmpfs|ramfs|squashfs|overlay"}
       / node_filesystem_size_bytes)`,
      "{{instance}} {{mountpoint}}",
    ),
  ],
};

const memory: PanelFrame = {
  ...prometheus,
  title: { en: "Memory", zh: "内存" },
  unit: BytesIEC,
  targets: [promql(`max by (instance) (iai_process_resident_bytes{${chosen}})`, "{{instance}}")],
};

const cpu: PanelFrame = {
  ...prometheus,
  title: { en: "Processor time (100 % is one core)", zh: "处理器（100 % 为一核）" },
  unit: Percent,
  targets: [
    promql(
      `max by (instance) (100 * rate(iai_process_cpu_seconds{${chosen}}[$__rate_interval]))`,
      "{{instance}}",
    ),
  ],
};

const devices: PanelFrame = {
  ...prometheus,
  title: { en: "Devices in the registry", zh: "登记设备" },
  unit: COUNT,
  targets: [promqlNow(`max(iai_devices_count{${chosen}})`, "devices")],
  size: [6, 8],
};

const clients: PanelFrame = {
  ...prometheus,
  title: { en: "Clients of the live stream", zh: "实时流客户端" },
  unit: COUNT,
  targets: [promqlNow(`sum(iai_live_clients_count{${chosen}})`, "clients")],
  size: [6, 8],
};
