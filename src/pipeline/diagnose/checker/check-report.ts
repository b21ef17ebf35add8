import type { BilingualText, DiagnosisReport, Grounding } from "../../../model/diagnosis.ts";
import { type CheckContext, type CheckedText, checkText } from "./check-text.ts";

type Texts = Pick<DiagnosisReport, "diagnosisText" | "decisionText" | "recommendedAction">;

/** The texts with every unsupported sentence struck, and what was verified and struck. */
export function checkReport(texts: Texts, context: CheckContext): Texts & { grounding: Grounding } {
  const results: CheckedText[] = [];
  const check = (text: BilingualText): BilingualText => {
    const zh = checkText(text.zh, context);
    const en = checkText(text.en, context);
    results.push(zh, en);
    return { zh: zh.text, en: en.text };
  };
  const diagnosisText = check(texts.diagnosisText);
  const decisionText = check(texts.decisionText);
  const recommendedAction = check(texts.recommendedAction);
  return {
    diagnosisText,
    decisionText,
    recommendedAction,
    grounding: {
      checkedNumbers: results.reduce((sum, result) => sum + result.checkedNumbers, 0),
      violations: results.flatMap((result) => result.violations),
    },
  };
}
