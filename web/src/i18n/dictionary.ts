import { accessTexts } from "./dictionary/access.ts";
import { alarmTexts } from "./dictionary/alarm.ts";
import { commonTexts } from "./dictionary/common.ts";
import { deviceTexts } from "./dictionary/device.ts";
import { knowledgeTexts } from "./dictionary/knowledge.ts";
import { orderTexts } from "./dictionary/order.ts";
import { questionTexts } from "./dictionary/question.ts";
import { ruleTexts } from "./dictionary/rule.ts";
import { sourceTexts } from "./dictionary/source.ts";
import { systemTexts } from "./dictionary/system.ts";
import { wordTexts } from "./dictionary/words.ts";

/** Every string of the console: [Chinese, English]. */
export const dictionary = {
  ...commonTexts,
  ...wordTexts,
  ...alarmTexts,
  ...deviceTexts,
  ...orderTexts,
  ...ruleTexts,
  ...knowledgeTexts,
  ...accessTexts,
  ...systemTexts,
  ...sourceTexts,
  ...questionTexts,
} as const satisfies Readonly<Record<string, readonly [zh: string, en: string]>>;

export type TextKey = keyof typeof dictionary;
