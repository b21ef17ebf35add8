import { type EpochMs, HOUR, type Ms } from "../../model/basics.ts";
import type { BilingualText } from "../../model/diagnosis.ts";
import type { ForecastMethod } from "../../model/prediction.ts";

/** What forecasts say of themselves, in both languages: reasons why there is none, and what one rests on. */

export const noReading: BilingualText = {
  zh: "还没有可检测的读数",
  en: "no reading was detected yet",
};
export const stillLearning: BilingualText = {
  zh: "正常状态仍在学习中",
  en: "what is healthy is still being learned",
};
export const beginUnknown: BilingualText = {
  zh: "不知道设备何时投用或修复：没有完成的维修工单，也没有安装日期",
  en: "nobody knows when the machine was new or repaired: there is no closed order that renewed it and no install date",
};
export const noTrend: BilingualText = { zh: "没有被标记的趋势", en: "no trend is flagged" };
export const nothingOnItsWay: BilingualText = {
  zh: "自趋势开始以来，没有一个正向额定限值移动的参数有足够的数值",
  en: "no metric on its way to a rated limit has enough values since the trend began",
};

export function lastReadingFrom(at: EpochMs): BilingualText {
  const time = new Date(at).toISOString();
  return { zh: `最新读数的时间是 ${time}`, en: `the newest reading is from ${time}` };
}

export function trendTooShort(hours: number, horizonH: number): BilingualText {
  const lasted = hours.toFixed(1);
  return {
    zh: `趋势只持续了 ${lasted} 小时，不能说明 ${horizonH} 小时之后的情况`,
    en: `the trend has lasted ${lasted} h: it says nothing of ${horizonH} h ahead`,
  };
}

const methods: Readonly<Record<ForecastMethod, BilingualText>> = {
  wiener_first_passage: { zh: "趋势外推", en: "wiener_first_passage" },
  boosted_trees: { zh: "训练模型", en: "boosted_trees" },
};

export function switchedOff(method: ForecastMethod, horizonH: number): BilingualText {
  const { zh, en } = methods[method];
  return {
    zh: `${horizonH} 小时以内的${zh}预测已自行关闭：与实际对照没有技巧`,
    en: `forecasts by ${en} up to ${horizonH} h have switched themselves off: held against what happened they had no skill`,
  };
}

export function notProven(method: ForecastMethod, horizonH: number): BilingualText {
  const { zh, en } = methods[method];
  return {
    zh: `${horizonH} 小时以内的${zh}预测尚未证明有技巧：先预测并评分，合格后才显示`,
    en: `forecasts by ${en} up to ${horizonH} h have no proven skill yet: they are made and scored, and shown once they have earned it`,
  };
}

export function modelWithoutSkill(deviceType: string): BilingualText {
  return {
    zh: `“${deviceType}”的模型在这个时限上没有技巧`,
    en: `the model of "${deviceType}" has no skill at this horizon`,
  };
}

export function tooFewValues(
  deviceType: string,
  metric: string,
  looks: { readonly steps: number; readonly stepMs: Ms },
): BilingualText {
  const hours = looks.stepMs / HOUR;
  return {
    zh: `“${deviceType}”的模型需要最近 ${looks.steps} 步（每步 ${hours} 小时），其中“${metric}”的数值太少`,
    en: `the model of "${deviceType}" looks at the last ${looks.steps} steps of ${hours} h, and "${metric}" has too few values in them`,
  };
}

export function levelAndLimit(
  metric: string,
  level: { readonly value: number; readonly rated: number; readonly unit: string },
): BilingualText {
  const [value, rated] = [rounded(level.value), rounded(level.rated)];
  return {
    zh: `${metric} 现为 ${value} ${level.unit}，限值 ${rated} ${level.unit}`,
    en: `${metric} is at ${value} ${level.unit}, its limit is ${rated} ${level.unit}`,
  };
}

export function wayAnHour(trend: {
  readonly hours: number;
  readonly driftPerHour: number;
  readonly driftSdPerHour: number;
}): BilingualText {
  const [hours, drift, spread] = [
    trend.hours.toFixed(1),
    (100 * trend.driftPerHour).toFixed(1),
    (100 * trend.driftSdPerHour).toFixed(1),
  ];
  return {
    zh: `趋势于 ${hours} 小时前被标记，此后每小时走过到限值路程的 ${drift} %，误差 ${spread} %`,
    en: `since the trend was flagged ${hours} h ago it has gone ${drift} % of the way to the limit each hour, give or take ${spread} %`,
  };
}

export function trainedOn(model: {
  readonly version: number;
  readonly deviceType: string;
  readonly runs: number;
  readonly looksAheadH: number;
}): BilingualText {
  const { version, deviceType, runs, looksAheadH } = model;
  return {
    zh: `“${deviceType}”模型第 ${version} 版，由 ${runs} 次运行至故障的历史训练；最多看到 ${looksAheadH} 小时，更久按此计`,
    en: `model version ${version} of "${deviceType}", trained on ${runs} runs to failure; it looks ${looksAheadH} h ahead, more counts as that`,
  };
}

export function looksMostAt(features: readonly string[]): BilingualText {
  const list = features.join(", ");
  return { zh: `最看重：${list}`, en: `it looks most at ${list}` };
}

/** Several reasons as one text. */
export function joined(reasons: readonly BilingualText[]): BilingualText {
  return {
    zh: reasons.map(({ zh }) => zh).join("；"),
    en: reasons.map(({ en }) => en).join("; "),
  };
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
