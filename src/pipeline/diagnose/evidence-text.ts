import type { Severity } from "../../model/alarm.ts";
import type { BilingualText } from "../../model/diagnosis.ts";
import type { MetricFact } from "./metric-fact.ts";
import { metricName } from "./metric-names.ts";
import { formatPercent, formatValue, type PlantTime, rateUnit } from "./number-format.ts";

/** The sentence that states one fact, without its citation and its full stop. */

/** `0.302 g`; a dimensionless number stands alone. */
export function quantity(value: number, unit: string): string {
  return unit === "1" ? formatValue(value) : `${formatValue(value)} ${unit}`;
}

/** First letter large, for the beginning of an English sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A metric that moved, with by how much and since when. */
export function changeText(fact: MetricFact, time: PlantTime): BilingualText {
  const name = metricName(fact.metric);
  const { recent, healthy, direction, unit } = fact;
  if (fact.bad) return badText(fact);
  if (fact.stuck) return stuckText(fact);
  if (recent === null) {
    return { zh: `${name.zh}没有可用读数`, en: `${capitalised(name.en)} has no usable reading` };
  }
  const now = quantity(recent, unit);
  if (healthy === null) {
    return {
      zh: `${name.zh}现为 ${now}，尚无健康水平可比`,
      en: `${capitalised(name.en)} is at ${now}; no healthy level is known yet`,
    };
  }
  if (direction === "steady") return noisyText(fact);
  const up = direction === "up";
  const by = relative(fact, healthy, recent);
  const since = fact.changedAt === null ? null : time.time(fact.changedAt);
  return {
    zh: `${name.zh}${since === null ? "" : `自 ${since} 起`}由健康水平 ${quantity(healthy, unit)} ${up ? "升至" : "降至"} ${now}${by.zh}`,
    en: `${capitalised(name.en)} ${up ? "rose" : "fell"} from its healthy ${quantity(healthy, unit)} to ${now}${by.en}${since === null ? "" : `, since ${since}`}`,
  };
}

/** Times for a growth, per cent for a small change; nothing where the level is near zero. */
function relative(fact: MetricFact, healthy: number, recent: number): BilingualText {
  const percent = ((recent - healthy) / healthy) * 100;
  if (!Number.isFinite(percent) || Math.abs(percent) > 10_000) return { zh: "", en: "" };
  const signed = `${percent < 0 ? "−" : "+"}${formatPercent(percent)} %`;
  const ratio = recent / healthy;
  if (fact.direction === "up" && ratio > 1) {
    return {
      zh: `，为健康水平的 ${ratio.toFixed(2)} 倍（${signed}）`,
      en: `, ${ratio.toFixed(2)} times healthy (${signed})`,
    };
  }
  return { zh: `（${signed}）`, en: ` (${signed})` };
}

function noisyText(fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  const times = (fact.noiseRatio ?? 0).toFixed(1);
  return {
    zh: `${name.zh}波动加剧，为此前的 ${times} 倍`,
    en: `${capitalised(name.en)} fluctuates ${times} times as much as before`,
  };
}

function stuckText(fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  const at = fact.now === null ? null : quantity(fact.now, fact.unit);
  return {
    zh: `${name.zh}读数卡死${at === null ? "" : `在 ${at}`}`,
    en: `The ${name.en} signal is stuck${at === null ? "" : ` at ${at}`}`,
  };
}

function badText(fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  return {
    zh: `${name.zh}读数质量为坏，不能代表设备`,
    en: `The ${name.en} signal is of bad quality and says nothing about the machine`,
  };
}

/** A metric that did not move. */
export function steadyText(fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  const { healthy, recent, unit } = fact;
  if (healthy === null || recent === null) {
    return { zh: `${name.zh}未变`, en: `${capitalised(name.en)} is unchanged` };
  }
  return {
    zh: `${name.zh}未变：健康水平 ${quantity(healthy, unit)}，现为 ${quantity(recent, unit)}`,
    en: `${capitalised(name.en)} is unchanged: healthy ${quantity(healthy, unit)}, now ${quantity(recent, unit)}`,
  };
}

/** How fast it moves, and when it would reach its limit. */
export function trendText(fact: MetricFact): BilingualText {
  const name = metricName(fact.metric);
  const slope = fact.slopePerMinute ?? 0;
  const rate = quantity(Math.abs(slope), rateUnit(fact.unit, "min"));
  const [zh, en] = slope > 0 ? ["上升", "rising"] : ["下降", "falling"];
  const base = {
    zh: `${name.zh}正以 ${rate} 的速率${zh}`,
    en: `${capitalised(name.en)} is ${en} by ${rate}`,
  };
  if (fact.limit === null || fact.minutesToLimit === null) return base;
  const limit = quantity(fact.limit, fact.unit);
  const soon = fact.minutesToLimit < 1;
  const left = formatValue(soon ? fact.minutesToLimit * 60 : fact.minutesToLimit);
  return {
    zh: `${base.zh}，照此约 ${left} ${soon ? "秒" : "分钟"}后到达限值 ${limit}`,
    en: `${base.en}; at this rate it reaches its limit of ${limit} in about ${left} ${soon ? "s" : "min"}`,
  };
}

/** How much of the margin to the limit is used up. */
export function marginText(
  fact: MetricFact,
  margin: { readonly now: number; readonly limit: number; readonly percent: number },
): BilingualText {
  const name = metricName(fact.metric);
  const now = quantity(margin.now, fact.unit);
  const limit = quantity(margin.limit, fact.unit);
  if (margin.percent >= 100) {
    return {
      zh: `${name.zh} ${now} 已达到或越过限值 ${limit}`,
      en: `${capitalised(name.en)} of ${now} has reached or passed its limit of ${limit}`,
    };
  }
  const used = `${formatPercent(margin.percent)} %`;
  return {
    zh: `${name.zh} ${now} 已用去到限值 ${limit} 的裕度的 ${used}`,
    en: `${capitalised(name.en)} of ${now} has used ${used} of its margin to the limit of ${limit}`,
  };
}

/** What a severity asks of people. */
export const responseTexts: Readonly<Record<Severity, BilingualText>> = {
  P0: { zh: "P0：5 分钟内处置", en: "P0: act within 5 min" },
  P1: { zh: "P1：30 分钟内处置", en: "P1: act within 30 min" },
  P2: { zh: "P2：本班内处置", en: "P2: act within this shift" },
  P3: { zh: "P3：下次巡检时查看", en: "P3: look at it on the next round" },
};
