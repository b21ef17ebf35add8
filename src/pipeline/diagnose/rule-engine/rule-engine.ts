import type { FaultCategory, Hypothesis } from "../../../model/diagnosis.ts";
import type { AlertRow } from "../../../model/records.ts";
import { type EvidenceLedger, findEvidence } from "../evidence-ledger.ts";
import { isTelling } from "../metric-evidence.ts";
import { canonicalNumber } from "../number-format.ts";
import { type CauseWeights, noWeights, weighByExperience } from "./cause-weights.ts";
import { signaturesFor } from "./signature.ts";
import { noFaultHypothesis, silenceHypothesis } from "./special-hypotheses.ts";
import { weighSignature } from "./weigh-signature.ts";

/** What the rules make of the facts. */
export interface RuleAnswer {
  /** Likeliest first, one per category. */
  readonly hypotheses: readonly Hypothesis[];
  readonly category: FaultCategory;
  /** Why the category is `unknown`; null: it is not. */
  readonly unknownBecause: "two_alike" | "nothing_fits" | null;
  readonly confidence: number;
}

/** Below this nothing is called a cause. */
const FITS = 0.45;
/** Two causes closer than this cannot be told apart. */
const APART = 0.1;
/** A cause that people confirmed on this machine before is a little likelier. */
const CONFIRMED_BEFORE = 0.05;
const SHOWN = 5;
/** Scores below this are noise in a list. */
const WORTH_SHOWING = 0.15;

/** Ranks what could be the cause; pure: the same ledger and weights give the same answer. */
export function rankHypotheses(
  ledger: EvidenceLedger,
  alert: AlertRow,
  weights: CauseWeights = noWeights,
): RuleAnswer {
  const silence = silenceHypothesis(ledger, alert);
  if (silence !== null) return settleAnswer([silence], ledger, alert);
  const weighed = signaturesFor(ledger.knowledge)
    .map((signature) => weighSignature(signature, ledger))
    .filter((hypothesis) => hypothesis !== null)
    .map((hypothesis) => rememberConfirmed(hypothesis, ledger))
    .map((hypothesis) => weighByExperience(hypothesis, weights))
    .filter((hypothesis) => hypothesis.score >= WORTH_SHOWING);
  const calm = noFaultHypothesis(ledger);
  return settleAnswer(calm === null ? weighed : [...weighed, calm], ledger, alert);
}

/** What follows from scored hypotheses: settled, or open and why, and how sure that is. */
export function settleAnswer(
  all: readonly Hypothesis[],
  ledger: EvidenceLedger,
  alert: AlertRow,
): RuleAnswer {
  const hypotheses = bestPerCategory(all).slice(0, SHOWN);
  const [first, second] = hypotheses;
  const trust = dataTrust(ledger, alert);
  if (first === undefined || first.score < FITS) {
    const confidence = canonicalNumber((first?.score ?? 0) * trust * 0.5);
    return { hypotheses, category: "unknown", unknownBecause: "nothing_fits", confidence };
  }
  const gap = first.score - (second?.score ?? 0);
  if (gap < APART) {
    const confidence = canonicalNumber(first.score * trust * 0.5);
    return { hypotheses, category: "unknown", unknownBecause: "two_alike", confidence };
  }
  const clear = 0.7 + 0.3 * Math.min(1, gap / 0.3);
  const confidence = canonicalNumber(Number((first.score * clear * trust).toFixed(3)));
  return { hypotheses, category: first.category, unknownBecause: null, confidence };
}

function bestPerCategory(all: readonly Hypothesis[]): readonly Hypothesis[] {
  // Of two that fit alike the one that explains more of what was seen says more.
  const ranked = all.toSorted(
    (a, b) =>
      b.score - a.score ||
      b.for.length - a.for.length ||
      (a.category < b.category ? -1 : a.category > b.category ? 1 : 0),
  );
  const seen = new Set<FaultCategory>();
  return ranked.filter(({ category }) => {
    if (seen.has(category)) return false;
    seen.add(category);
    return true;
  });
}

function rememberConfirmed(hypothesis: Hypothesis, ledger: EvidenceLedger): Hypothesis {
  const history = findEvidence(ledger, "history");
  if (history === null || history.value["lastCause"] !== hypothesis.category) return hypothesis;
  return {
    ...hypothesis,
    score: canonicalNumber(Math.min(0.95, hypothesis.score + CONFIRMED_BEFORE)),
    for: [...hypothesis.for, { evidence: history.id, text: history.text }],
  };
}

/** How far the data can be trusted, 0–1: what is missing or provisional lowers every conclusion. */
function dataTrust(ledger: EvidenceLedger, alert: AlertRow): number {
  let trust = 1;
  if (ledger.missing.includes("telemetry")) trust *= 0.6;
  if (ledger.missing.includes("knowledge")) trust *= 0.8;
  if (alert.snapshot.unconfirmed) trust *= 0.8;
  if (alert.snapshot.baseline === "learning") trust *= 0.7;
  else if (alert.snapshot.baseline !== "active") trust *= 0.9;
  const comparedWithWindow = ledger.facts.some(
    (fact) => isTelling(fact) && fact.healthyFrom === "window",
  );
  return comparedWithWindow ? trust * 0.9 : trust;
}
