import type { Severity } from "../../model/alarm.ts";
import type { BilingualText, Hypothesis } from "../../model/diagnosis.ts";
import { capitalised } from "./evidence-text.ts";

/** Sentences of a report beyond single facts; each written in both languages, none translated. */

/** `a, b and c`, `a、b`. */
export function listed(items: readonly BilingualText[]): BilingualText {
  const en = items.map((item) => item.en);
  const last = en.at(-1) ?? "";
  return {
    zh: items.map((item) => item.zh).join("、"),
    en: en.length < 2 ? last : `${en.slice(0, -1).join(", ")} and ${last}`,
  };
}

export function steadyGroup(names: readonly BilingualText[]): BilingualText {
  const list = listed(names);
  return {
    zh: `${list.zh}未变`,
    en: `${capitalised(list.en)} ${names.length === 1 ? "is" : "are"} unchanged`,
  };
}

export function likeliest(title: BilingualText): BilingualText {
  return {
    zh: `以上现象最符合“${title.zh}”`,
    en: `Together this fits “${title.en}” best`,
  };
}

export function twoAlike(a: BilingualText, b: BilingualText): BilingualText {
  return {
    zh: `“${a.zh}”与“${b.zh}”同样符合，仅凭读数无法区分，原因暂定为未明`,
    en: `“${a.en}” and “${b.en}” fit alike; readings alone cannot tell them apart, so the cause stays open`,
  };
}

export const nothingFits: BilingualText = {
  zh: "已知的故障模式均不符合，原因未明，需到现场查看",
  en: "No known fault pattern fits; the cause is open and has to be found on site",
};

export const noFaultSeen: BilingualText = {
  zh: "各测点均与健康水平一致，未见机器故障的迹象",
  en: "Everything measured is as in healthy operation; nothing points to a fault of the machine",
};

export const sensorLikely: BilingualText = {
  zh: "更像测量回路的故障，尚不能据此判断机器本身",
  en: "This looks like a fault of the measuring chain and says nothing about the machine yet",
};

export function lessLikely(other: Hypothesis, because: BilingualText): BilingualText {
  return {
    zh: `“${other.title.zh}”可能性较低：${because.zh}`,
    en: `“${other.title.en}” is less likely: ${because.en}`,
  };
}

export const actNow: Readonly<Record<Severity, BilingualText>> = {
  P0: {
    zh: "立即到现场；若情况恶化，按本厂规程停机，IAI 不代替任何联锁保护",
    en: "Go to the machine now and stop it by the plant's procedure if it gets worse; IAI replaces no trip",
  },
  P1: {
    zh: "安排当班人员尽快检查，备好停机检修的条件",
    en: "Have it checked by the shift and prepare for a planned stop",
  },
  P2: { zh: "列入本班检查", en: "Put it on the list of this shift" },
  P3: { zh: "无需专门出动，巡检时留意", en: "No special trip is needed; watch it on the round" },
};

export function workEstimate(hours: number): BilingualText {
  return {
    zh: `检修工时估计为 ${hours} 小时`,
    en: `The work is estimated at ${hours} h`,
  };
}

export const confirmFirst: BilingualText = {
  zh: "动手检修前，先用下面的检查确认原因",
  en: "Confirm the cause by the check below before any repair",
};

export function firstCheck(check: BilingualText): BilingualText {
  return {
    zh: `先做最省力的检查：${check.zh}`,
    en: `Begin with the cheapest check: ${check.en}`,
  };
}
