import { type DataSourceName, measurements } from "./data-sources.ts";
import type { Text } from "./words.ts";

/** Something that a person must look at because IAI itself is in trouble; alarms about machines are IAI's own. */
export interface AlertRule {
  readonly uid: string;
  readonly title: Text;
  readonly source: DataSourceName;
  /** Gives one number, or one a label set. */
  readonly query: string;
  /** Time that the query looks back over, s. */
  readonly windowS: number;
  readonly fires: { readonly when: "above" | "below"; readonly value: number };
  /** It must hold this long. */
  readonly forS: number;
  readonly severity: "critical" | "warning";
  /** When the query gives nothing. */
  readonly noData: "OK" | "Alerting";
  readonly summary: Text;
  readonly remedy: Text;
}

/** A station that is this far behind is called slow by `/readyz` as well. */
const LAG_MAX = 5_000;
const DIAGNOSIS_LATE_S = 60;
const UNDELIVERED_S = 300;

const realDisks = 'job="node",fstype!~"tmpfs|ramfs|squashfs|overlay"';

export const alertRules: readonly AlertRule[] = [
  {
    uid: "iai-lag",
    title: { en: "A station is behind", zh: "工位积压" },
    source: "prometheus",
    query: 'max by (station) (iai_station_lag_items{job="iai"})',
    windowS: 300,
    fires: { when: "above", value: LAG_MAX },
    forS: 120,
    severity: "warning",
    noData: "OK",
    summary: {
      en: "Station {{ $labels.station }} has more than 5,000 records to work through.",
      zh: "工位 {{ $labels.station }} 积压超过 5000 条记录。",
    },
    remedy: {
      en: "If it does not fall: see the log of that role, then its store (InfluxDB, MySQL, Flink). Nothing is lost while the log has room.",
      zh: "若不下降：先看该角色日志，再看其存储（InfluxDB、MySQL、Flink）。日志未满前不会丢数据。",
    },
  },
  {
    uid: "iai-process-down",
    title: { en: "An IAI process does not answer", zh: "IAI 进程无应答" },
    source: "prometheus",
    query: 'min by (instance) (up{job="iai"})',
    windowS: 300,
    fires: { when: "below", value: 1 },
    forS: 60,
    severity: "critical",
    noData: "Alerting",
    summary: {
      en: "{{ $labels.instance }} gives no metrics.",
      zh: "{{ $labels.instance }} 无法采集指标。",
    },
    remedy: {
      en: "Run deploy/scripts/health_check.sh; start the role again. Senders keep or repeat what was not acknowledged.",
      zh: "运行 deploy/scripts/health_check.sh 并重启该角色。未确认的数据由发送端保留或重发。",
    },
  },
  {
    uid: "iai-dependency-down",
    title: { en: "A dependency does not work", zh: "依赖异常" },
    source: "prometheus",
    // Without a language model rule reports are complete reports: nobody is called for it.
    query:
      'min by (instance, dependency) (iai_dependency_up_ratio{job="iai",dependency!="language_model"})',
    windowS: 300,
    fires: { when: "below", value: 1 },
    forS: 60,
    severity: "critical",
    noData: "OK",
    summary: {
      en: "{{ $labels.instance }} cannot use {{ $labels.dependency }}.",
      zh: "{{ $labels.instance }} 无法使用 {{ $labels.dependency }}。",
    },
    remedy: {
      en: "/readyz of the process names the last error. Work waits in the log meanwhile.",
      zh: "该进程的 /readyz 给出最近错误。其间数据在日志中等待。",
    },
  },
  {
    uid: "iai-ingest-refused",
    title: { en: "Readings are refused", zh: "拒收读数" },
    source: "prometheus",
    query:
      'sum(increase(iai_http_request_seconds_count{job="iai",route="/api/v1/readings",status="5xx"}[5m])) or vector(0)',
    windowS: 300,
    fires: { when: "above", value: 0 },
    forS: 0,
    severity: "critical",
    noData: "OK",
    summary: {
      en: "Ingest answered senders with 5xx in the last 5 min: log full, disk low or a fault.",
      zh: "最近 5 分钟接入以 5xx 拒收：日志已满、磁盘不足或故障。",
    },
    remedy: {
      en: "See /readyz of the ingestor for the reason; free disk, or let the archiver catch up.",
      zh: "查看 ingestor 的 /readyz；清理磁盘或等待归档追上。",
    },
  },
  {
    uid: "iai-no-data",
    title: { en: "No data", zh: "无数据" },
    source: "influxdb",
    query: `SELECT count("@received_at") AS "readings" FROM ${measurements.raw} WHERE $timeFilter`,
    windowS: 120,
    fires: { when: "below", value: 1 },
    forS: 60,
    severity: "critical",
    noData: "Alerting",
    summary: {
      en: "No reading of the last 2 min has been archived, from any device.",
      zh: "最近 2 分钟没有任何设备的读数归档。",
    },
    remedy: {
      en: "Network or gateways if ingest receives nothing, the archiver if it does. Silence of one device is an alarm of IAI itself.",
      zh: "接入无数据则查网络与网关，有数据则查归档。单台设备静默由 IAI 自行报警。",
    },
  },
  {
    uid: "iai-diagnosis-late",
    title: { en: "Diagnosis is late", zh: "诊断超时" },
    source: "mysql",
    query: `SELECT COUNT(*) AS alerts FROM alert_log WHERE status IN ('PENDING', 'DIAGNOSING') AND updated_at < UTC_TIMESTAMP(3) - INTERVAL ${DIAGNOSIS_LATE_S} SECOND`,
    windowS: 300,
    fires: { when: "above", value: 0 },
    forS: 30,
    severity: "critical",
    noData: "OK",
    summary: {
      en: "Alerts have waited for more than 60 s for their diagnosis.",
      zh: "有报警等待诊断超过 60 秒。",
    },
    remedy: {
      en: "Is an agent-server running? Rules take over when the language model is away, so a late diagnosis means that nobody works.",
      zh: "检查 agent-server 是否运行。大模型不可用时由规则接替，超时说明无进程在处理。",
    },
  },
  {
    uid: "iai-undelivered",
    title: { en: "Notifications are not delivered", zh: "通知未送达" },
    source: "mysql",
    query: `SELECT COUNT(*) AS notifications FROM outbox WHERE kind = 'notification' AND (state = 'FAILED' AND next_attempt_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR OR state = 'PENDING' AND created_at < UTC_TIMESTAMP(3) - INTERVAL ${UNDELIVERED_S} SECOND)`,
    windowS: 300,
    fires: { when: "above", value: 0 },
    forS: 60,
    severity: "warning",
    noData: "OK",
    summary: {
      en: "Notifications wait for more than 5 min or have failed within the last hour.",
      zh: "有通知等待超过 5 分钟，或近一小时内发送失败。",
    },
    remedy: {
      en: "docs/notifications.md; the alarm pages of the console show every alarm meanwhile.",
      zh: "见 docs/notifications.md；其间控制台报警页仍显示全部报警。",
    },
  },
  {
    uid: "iai-disk",
    title: { en: "A disk is nearly full", zh: "磁盘将满" },
    source: "prometheus",
    query: `min by (instance, mountpoint) (100 * node_filesystem_avail_bytes{${realDisks}} / node_filesystem_size_bytes{${realDisks}})`,
    windowS: 300,
    fires: { when: "below", value: 10 },
    forS: 300,
    severity: "critical",
    noData: "OK",
    summary: {
      en: "{{ $labels.mountpoint }} of {{ $labels.instance }} has less than 10 % free.",
      zh: "{{ $labels.instance }} 的 {{ $labels.mountpoint }} 可用空间不足 10 %。",
    },
    remedy: {
      en: "Free space or add a disk. IAI refuses new readings before it writes a disk full; InfluxDB must be restarted after it was full.",
      zh: "清理或扩容。写满之前 IAI 会拒收新读数；InfluxDB 写满后须重启。",
    },
  },
];
