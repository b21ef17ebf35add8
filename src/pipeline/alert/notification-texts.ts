import type { AlarmSnapshot, Severity } from "../../model/alarm.ts";
import type { MetricName } from "../../model/basics.ts";
import type { BilingualText } from "../../model/diagnosis.ts";
import type { Occasion } from "./notification-plan.ts";

/** Language of what leaves the plant. */
export type Language = keyof BilingualText;

const both = (zh: string, en: string): BilingualText => ({ zh, en });

const conditionNames: Readonly<Record<string, BilingualText>> = {
  over_temp: both("温度过高", "over-temperature"),
  high_vibration: both("振动过大", "high vibration"),
  high_pressure: both("压力过高", "high pressure"),
  over_current: both("过电流", "over-current"),
  composite: both("多指标异常", "several metrics together"),
  deviation: both("偏离正常状态", "deviation from normal"),
  baseline_drift: both("基线缓慢漂移", "slow drift of the baseline"),
  no_data: both("无数据", "no data"),
  sensor_stuck: both("传感器卡死", "sensor stuck"),
  temperature_rising: both("温度快速上升", "temperature rising fast"),
  sensor_range: both("传感器超量程", "sensor out of range"),
  start_too_long: both("启动时间过长", "start takes too long"),
  device_status: both("设备自报异常", "the device reports an anomaly"),
  limit_forecast: both("预计 24 小时内达到限值或故障", "limit or failure likely within 24 h"),
};

const metricNames: Readonly<Record<MetricName, BilingualText>> = {
  temperature: both("温度", "temperature"),
  vibration: both("振动", "vibration"),
  pressure: both("压力", "pressure"),
  current: both("电流", "current"),
  flow: both("流量", "flow"),
};

const responses: Record<Severity, BilingualText> = {
  P0: both("请在 5 分钟内处理。", "Act within 5 min."),
  P1: both("请在 30 分钟内处理。", "Act within 30 min."),
  P2: both("请在本班内处理。", "Act this shift."),
  P3: both("请在下次巡检时查看。", "Look at it on the next round."),
};

/** One line for a subject or a list: severity, what, where. */
export function composeTitle(occasion: Occasion, language: Language): string {
  const { alarm, device, repeated, waitingOrder = null } = occasion;
  const name = device?.deviceName ?? alarm.deviceId;
  const line = device === null || device.lineId === "" ? "" : ` (${device.lineId})`;
  const still = waitingOf(waitingOrder, repeated)[language];
  return `${alarm.severity} ${still}${conditionName(alarm.condition, language)} · ${name}${line}`;
}

function waitingOf(waitingOrder: string | null, repeated: boolean): BilingualText {
  if (waitingOrder !== null)
    return both(`工单 ${waitingOrder} 待批准：`, `order ${waitingOrder} waits for approval: `);
  return repeated ? both("仍未确认：", "still unacknowledged: ") : both("", "");
}

/** What a person on night shift needs: what happened, the number behind it, and by when to act. */
export function composeText(occasion: Occasion, language: Language): string {
  const { alarm } = occasion;
  const parts = [
    reasonOf(occasion),
    quantityOf(occasion),
    marginOf(alarm),
    responses[alarm.severity],
  ];
  const space = language === "zh" ? "" : " ";
  return parts.flatMap((part) => (part === null ? [] : [part[language]])).join(space);
}

function reasonOf({ alarm, device, kind }: Occasion): BilingualText {
  const name = device?.deviceName ?? alarm.deviceId;
  const zh = conditionName(alarm.condition, "zh");
  const en = conditionName(alarm.condition, "en");
  switch (kind) {
    case "escalated":
      return both(
        `${name}：${zh}，升级为 ${alarm.severity}。`,
        `${name}: ${en} rose to ${alarm.severity}.`,
      );
    case "caught_up":
      return both(
        `${name}：补传数据后仍存在：${zh}。`,
        `${name}: ${en}, still active after a backlog.`,
      );
    case "unsuppressed":
      return both(
        `${name}：解除隐藏后仍存在：${zh}。`,
        `${name}: ${en}, still active and shown again.`,
      );
    default:
      return both(`${name}：${zh}。`, `${name}: ${en}.`);
  }
}

function quantityOf({ alarm, device }: Occasion): BilingualText | null {
  const metric = alarm.worstMetric;
  const value = metric === null ? undefined : alarm.reading?.values[metric];
  if (metric === null || value === undefined) return null;
  const unit = device?.metrics[metric]?.unit ?? "";
  const shown = `${Number(value.toPrecision(4))}${unit === "" || unit === "1" ? "" : ` ${unit}`}`;
  const name = metricNames[metric] ?? both(metric, metric);
  return both(`${name.zh} ${shown}。`, `${capital(name.en)} ${shown}.`);
}

function marginOf({ margin }: AlarmSnapshot): BilingualText | null {
  if (margin === null) return null;
  const percent = Math.round(margin * 100);
  return both(`已用去 ${percent}% 的裕度。`, `${percent} % of the margin is used up.`);
}

function conditionName(condition: string, language: Language): string {
  return conditionNames[condition]?.[language] ?? condition.replaceAll("_", " ");
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
