import { worseSeverity } from "../../../model/alarm.ts";
import type {
  BilingualText,
  FaultCategory,
  Hypothesis,
  ReportSeverity,
  ReviewReason,
} from "../../../model/diagnosis.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import { faultName } from "../fault-names.ts";
import { canonicalNumber } from "../number-format.ts";
import { type RuleAnswer, settleAnswer } from "../rule-engine/rule-engine.ts";
import { type Findings, type FoundHypothesis, levelOf } from "./findings.ts";

/** Rules and findings as one answer. */
export interface Combined {
  readonly answer: RuleAnswer;
  readonly severity: ReportSeverity;
  readonly review: readonly ReviewReason[];
}

/**
 * What a model's first, second and third hypothesis add to the score of the evidence: enough to tell two alike
 * apart, too little to overturn what the evidence shows clearly. They add it only where they rest on facts
 * that the rules did not use: an echo of the rules is no second opinion.
 */
const rankBonus = [0.15, 0.03, 0.01] as const;
/** A cause the rules did not see begins here: named by a model alone it is never settled. */
const UNSEEN = 0.1;
const HIGHEST = 0.95;
/** A conclusion gains by agreement and loses by doubt; the number is never the model's own. */
const AGREED = 0.05;
const DISAGREED = 0.7;
const ABSTAINED = 0.85;
const DECIDED_BY_MODEL = 0.8;

/** Ranks again with what the model adds, and computes confidence, severity and what a person should review; pure. */
export function combine(
  rules: RuleAnswer,
  findings: Findings,
  context: {
    readonly ledger: EvidenceLedger;
    readonly alert: AlertRow;
    readonly severity: ReportSeverity;
  },
): Combined {
  const { ledger, alert } = context;
  // A model may not talk a fault away: that nothing is wrong has to show in the data.
  const credible = findings.hypotheses.filter(
    ({ category }) =>
      category !== "unknown" &&
      (category !== "no_fault" || rules.hypotheses.some((item) => item.category === "no_fault")),
  );
  const scored = new Map<FaultCategory, Hypothesis>(
    rules.hypotheses.map((item) => [item.category, item]),
  );
  for (const [rank, found] of credible.entries()) {
    const base = scored.get(found.category) ?? unseen(found, ledger);
    const bonus = bringsFacts(base, found, ledger) ? (rankBonus[rank] ?? 0) : 0;
    scored.set(found.category, supported(base, found, { ledger, bonus }));
  }
  const settled = settleAnswer([...scored.values()], ledger, alert);
  const disagrees =
    findings.category !== "unknown" &&
    rules.category !== "unknown" &&
    findings.category !== rules.category;
  const severity = severityOf(context.severity, findings.severity);
  const review: ReviewReason[] = [];
  if (disagrees) review.push("category_disagreement");
  if (severity.disagrees) review.push("severity_disagreement");
  const confidence = canonicalNumber(Number(confidenceOf(settled, rules, findings).toFixed(3)));
  return { answer: { ...settled, confidence }, severity: severity.report, review };
}

function confidenceOf(settled: RuleAnswer, rules: RuleAnswer, findings: Findings): number {
  const { confidence } = settled;
  if (findings.category === "unknown") return confidence * ABSTAINED;
  if (rules.category === "unknown") return confidence * DECIDED_BY_MODEL;
  if (findings.category !== rules.category) return confidence * DISAGREED;
  return Math.min(HIGHEST, confidence + AGREED);
}

/** Where only one of the two sees danger, danger it is, and a person looks. */
function severityOf(
  alarm: ReportSeverity,
  found: ReportSeverity,
): { readonly report: ReportSeverity; readonly disagrees: boolean } {
  const disagrees = (alarm === "CRITICAL") !== (found === "CRITICAL");
  if (!disagrees) return { report: alarm, disagrees };
  const worse = worseSeverity(levelOf[alarm], levelOf[found]);
  return { report: worse === levelOf[alarm] ? alarm : found, disagrees };
}

/** True where something measured or remembered speaks for it that the rules did not count. */
function bringsFacts(base: Hypothesis, found: FoundHypothesis, ledger: EvidenceLedger): boolean {
  const counted = new Set([...base.for, ...base.against].map(({ evidence }) => evidence));
  return found.for.some((id) => {
    const item = ledger.evidence.find((each) => each.id === id);
    return item !== undefined && item.kind !== "knowledge" && !counted.has(id);
  });
}

function unseen(found: FoundHypothesis, ledger: EvidenceLedger): Hypothesis {
  const entry = ledger.knowledge.find(({ kbId }) => found.kbIds.includes(kbId));
  return {
    category: found.category,
    title: entry?.faultPattern ?? faultName(found.category),
    score: UNSEEN,
    for: [],
    against: [],
    missing: [],
    nextCheck: entry?.checks[0] ?? null,
    kbIds: [],
  };
}

/** The hypothesis with what the model cites for and against it; the texts are the evidence's own. */
function supported(
  base: Hypothesis,
  found: FoundHypothesis,
  { ledger, bonus }: { readonly ledger: EvidenceLedger; readonly bonus: number },
): Hypothesis {
  const there = new Set([...base.for, ...base.against].map(({ evidence }) => evidence));
  const cited = (ids: readonly string[]): { evidence: string; text: BilingualText }[] =>
    ids.flatMap((id) => {
      const item = ledger.evidence.find((each) => each.id === id);
      // Knowledge is cited as such; what it says is no observation.
      if (item === undefined || item.kind === "knowledge" || there.has(id)) return [];
      return [{ evidence: id, text: item.text }];
    });
  return {
    ...base,
    score: canonicalNumber(Number(Math.min(HIGHEST, base.score + bonus).toFixed(4))),
    for: [...base.for, ...cited(found.for)],
    against: [...base.against, ...cited(found.against)],
    kbIds: [...new Set([...base.kbIds, ...found.kbIds])],
  };
}
