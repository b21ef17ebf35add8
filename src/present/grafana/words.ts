import { faultCategories } from "../../model/diagnosis.ts";

/** Two dashboards are made of each: Grafana has no translated titles. */
export type Language = "zh" | "en";

export const languages: readonly Language[] = ["en", "zh"];

export type Text = Readonly<Record<Language, string>>;

/** What a panel says that has nothing to show: an empty panel looks like a broken one. */
export const nothing = {
  readings: { en: "no readings in this time", zh: "此时段无读数" },
  alerts: { en: "no alerts in this time", zh: "此时段无报警" },
  reports: { en: "no diagnoses in this time", zh: "此时段无诊断" },
  orders: { en: "no work orders in this time", zh: "此时段无工单" },
  devices: { en: "no devices", zh: "无设备" },
  anomalies: { en: "no anomalies in this time", zh: "此时段无异常" },
  metrics: { en: "no metrics from IAI", zh: "未收到 IAI 指标" },
} as const satisfies Record<string, Text>;

/** Fault categories as the console says them. */
const faults: Readonly<Record<(typeof faultCategories)[number], Text>> = {
  bearing: { en: "bearing", zh: "轴承磨损" },
  seal: { en: "seal", zh: "密封失效" },
  motor: { en: "motor", zh: "电机" },
  imbalance: { en: "imbalance", zh: "转子不平衡" },
  misalignment: { en: "misalignment", zh: "不对中" },
  cavitation: { en: "cavitation", zh: "汽蚀" },
  blockage: { en: "blockage", zh: "堵塞" },
  leak: { en: "leak", zh: "泄漏" },
  cooling: { en: "cooling", zh: "冷却不良" },
  electrical: { en: "electrical", zh: "电气" },
  sensor_fault: { en: "sensor fault", zh: "传感器故障" },
  no_fault: { en: "no fault", zh: "无故障" },
  unknown: { en: "unknown", zh: "未知" },
};

/** SQL that says a column of fault categories in words: names of pie slices cannot be mapped by Grafana. */
export function faultInWords(column: string, language: Language): string {
  const cases = faultCategories.map((code) => `WHEN '${code}' THEN '${faults[code][language]}'`);
  return `CASE ${column} ${cases.join(" ")} ELSE ${column} END`;
}

/** Words of the registry's status column. */
export const deviceStatus = {
  RUNNING: { en: "running", zh: "运行" },
  STOPPED: { en: "stopped", zh: "停机" },
  MAINTENANCE: { en: "maintenance", zh: "检修" },
  RETIRED: { en: "retired", zh: "退役" },
} as const satisfies Record<string, Text>;
