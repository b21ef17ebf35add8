import type { Evidence } from "../../../model/diagnosis.ts";
import { spokenNumbers } from "./spoken-numbers.ts";
import { supportedValues } from "./supported-values.ts";

/** What a plant counts, in words too: times, alarms, orders. */
const counted =
  /^\s*(?:次|张|起|条|台|个?(?:报警|告警|警报|工单)|(?:(?:open|other|more|new|work|closed|earlier)\s+){0,2}(?:alarms?|alerts?|orders?|verdicts?)\b)/i;
/** 第一次, 上一次: which one, not how many. */
const ordinals = /[第上下每又再这那同某][一二两三四五六七八九十]+(?=次|张|起|条|台|个)/g;
const COUNT = "count";

/** The first count in words that no cited fact holds, as a reason; null: none. Counts in digits are claims like every number. */
export function unprovenCount(sentence: string, cited: readonly Evidence[]): string | null {
  const body = sentence.replace(ordinals, " ");
  const counts = spokenNumbers(body, (rest) => (counted.test(rest) ? COUNT : null)).filter(
    ({ unit }) => unit === COUNT,
  );
  const proven = cited.flatMap(supportedValues).filter(({ unit }) => unit === null);
  const wrong = counts.find((claim) => proven.every(({ value }) => value !== claim.value));
  if (wrong === undefined) return null;
  return `${wrong.text.slice(0, -COUNT.length).trim()} is not in the evidence`;
}
