import type { DiagnosisReport, Evidence } from "../../../model/diagnosis.ts";

/** How well a stored report is proven; counted here by other means than the checker's. */
export interface Proof {
  readonly citations: number;
  readonly badCitations: number;
  readonly numbers: number;
  readonly ungrounded: number;
}

/** Counts citations that lead nowhere or to knowledge of another fault, and numbers that no cited fact supports. */
export function proofOf(report: DiagnosisReport): Proof {
  const evidence = new Map(report.evidence.map((item) => [item.id, item]));
  let citations = 0;
  let badCitations = 0;
  let numbers = 0;
  let ungrounded = 0;
  for (const text of [report.diagnosisText.en, report.diagnosisText.zh]) {
    for (const sentence of text.split(/(?<=\.)\s+|(?<=。)/)) {
      const ids = [...sentence.matchAll(/\[(E\d+)\]/g)].map(([, id]) => id ?? "");
      const cited = ids.flatMap((id) => evidence.get(id) ?? []);
      citations += ids.length;
      badCitations += ids.length - cited.length;
      for (const number of statedNumbers(sentence)) {
        numbers += 1;
        if (!cited.some((item) => supports(item, number))) ungrounded += 1;
      }
    }
  }
  for (const hypothesis of report.hypotheses) {
    for (const kbId of hypothesis.kbIds) {
      const known = report.evidence.find(({ value }) => value["kbId"] === kbId);
      citations += 1;
      if (known?.value["category"] !== hypothesis.category) badCitations += 1;
    }
  }
  return { citations, badCitations, numbers, ungrounded };
}

/** Numbers of a sentence without citations, quotations, times and severities, as they are written. */
function statedNumbers(sentence: string): readonly string[] {
  const bare = sentence
    .replace(/\[E\d+\]|[“][^”]*[”]|\d{1,2}:\d{2}(:\d{2})?|\bP\d\b/g, " ")
    .replace(/[A-Za-z_]+[\d_-]+\w*|m³|m²/g, " ");
  return [...bare.matchAll(/\d+(?:\.\d+)?/g)].map(([text]) => text);
}

/** True where a value, a span or a rate of it, or what two of them give together, reads like this. */
function supports(item: Evidence, stated: string): boolean {
  const values = Object.values(item.value).filter((value) => typeof value === "number");
  const own = values.flatMap((value) => [value, value * 60, value / 60, value / 3600]);
  const together = values.flatMap((a) =>
    values.flatMap((b) => (b === 0 ? [a - b] : [a - b, a / b, (a / b) * 100, ((a - b) / b) * 100])),
  );
  const digits = stated.split(".")[1]?.length ?? 0;
  const half = 0.5 * 10 ** -digits * (1 + 1e-6);
  return [...own, ...together].some((value) => Math.abs(Math.abs(value) - Number(stated)) <= half);
}
