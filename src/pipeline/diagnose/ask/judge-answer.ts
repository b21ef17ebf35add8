import type { Evidence, Grounding } from "../../../model/diagnosis.ts";
import type { AnswerSentence } from "../../../model/question.ts";
import { type CheckContext, checkText, sentencesOf } from "../checker/check-text.ts";
import { searchTerms } from "../knowledge/tokens.ts";
import { metricName } from "../metric-names.ts";
import { speaksOfSecrets } from "./ask-words.ts";

/** A model's answer, sentence by sentence. */
export interface JudgedAnswer {
  readonly sentences: readonly AnswerSentence[];
  /** What stands. */
  readonly text: string;
  readonly grounding: Grounding;
  /** False: no sentence says anything about evidence that exists, so the question is none for the plant's data. */
  readonly isAboutPlant: boolean;
  /** All that was cited and exists, also by what is struck. */
  readonly cited: readonly Evidence[];
}

/** Words for what a fact is about, beside those of its own text. */
const kindWords: Readonly<Partial<Record<Evidence["kind"], string>>> = {
  history: "alarm alert history warning 报警 告警 历史",
  order: "work order repair maintenance open status 工单 维修 检修 未结",
  knowledge: "cause check inspect replace fault knowledge 原因 检查 更换 故障 知识",
  mode: "mode running stopped standby device type criticality 运行 停机 备用 方式 类型",
  statistics: "mean average value trend level maximum minimum spread 均值 平均 趋势 最大 最小 数值",
  margin: "limit margin severity value level healthy 限值 裕度 上限 下限 严重",
  trend: "trend rate slope 趋势 速率",
  quality: "baseline learning signal quality data 基线 学习 质量 数据",
  missing: "missing unread data source 缺失 未取得 数据",
};

/**
 * Holds every sentence against the ledger as reports are held, and beyond that against its subject: a sentence whose
 * numbers prove nothing must share a word with what it cites, or a poem with citations would pass for an answer.
 */
export function judgeAnswer(text: string, context: CheckContext): JudgedAnswer {
  const all = sentencesOf(text).map((sentence) => judgeSentence(sentence, context));
  const said = all.filter(({ text: words }) => /[\p{L}\p{N}]/u.test(words));
  const ids = new Set([...text.matchAll(/\[(E\d+)\]/g)].map((match) => match[1]));
  return {
    sentences: said.map(({ text: words, struck }) => ({ text: words.trim(), struck })),
    text: all
      .filter(({ struck }) => struck === null)
      .map((sentence) => sentence.text)
      .join("")
      .trim(),
    grounding: {
      checkedNumbers: all.reduce((sum, { checked }) => sum + checked, 0),
      violations: said.flatMap(({ text: words, struck }) =>
        struck === null ? [] : [{ text: words.trim(), reason: struck }],
      ),
    },
    isAboutPlant: said.some(({ isOnSubject }) => isOnSubject),
    cited: context.evidence.filter(({ id }) => ids.has(id)),
  };
}

interface JudgedSentence extends AnswerSentence {
  readonly checked: number;
  readonly isOnSubject: boolean;
}

function judgeSentence(text: string, context: CheckContext): JudgedSentence {
  const cited = citedBy(text, context.evidence);
  const off = (struck: string): JudgedSentence => ({
    text,
    struck,
    checked: 0,
    isOnSubject: false,
  });
  if (speaksOfSecrets(text)) return off("it speaks of what no data of the plant holds");
  const { checkedNumbers, violations } = checkText(text, context);
  const isOnSubject = cited.length > 0 && (checkedNumbers > 0 || sharesWords(text, cited, context));
  const struck = violations[0]?.reason ?? null;
  if (struck !== null) return { text, struck, checked: 0, isOnSubject };
  if (!isOnSubject && /[\p{L}\p{N}]/u.test(text)) return off("it says nothing of what it cites");
  return { text, struck: null, checked: checkedNumbers, isOnSubject };
}

function citedBy(sentence: string, evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ id }) => sentence.includes(`[${id}]`));
}

/** True where sentence and facts share a word, in whichever of the two languages. Names of machines do not count. */
function sharesWords(sentence: string, cited: readonly Evidence[], context: CheckContext): boolean {
  const names = [
    ...context.quotable,
    ...context.evidence.flatMap(({ value }) =>
      typeof value["deviceId"] === "string" ? [value["deviceId"]] : [],
    ),
  ];
  const without = (text: string): string =>
    names.reduce((rest, name) => rest.replaceAll(name, " "), text.replace(/\[E\d+\]/g, " "));
  const facts = new Set(cited.flatMap((item) => termsOf(without(wordsOf(item)))));
  return termsOf(without(sentence)).some((term) => facts.has(term));
}

function wordsOf({ kind, metric, text, value }: Evidence): string {
  const name = metric === null ? { zh: "", en: "" } : metricName(metric);
  const values = Object.values(value).filter((item) => typeof item === "string");
  return [text.zh, text.en, name.zh, name.en, metric ?? "", kindWords[kind] ?? "", ...values].join(
    " ",
  );
}

/** A single character or a number alone is no subject. */
const SAYS_SOMETHING = 0.5;

function termsOf(text: string): readonly string[] {
  return searchTerms(text)
    .filter(({ term, weight }) => weight >= SAYS_SOMETHING && !/^\d+$/.test(term))
    .map(({ term }) => term);
}
