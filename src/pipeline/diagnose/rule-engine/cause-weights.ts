import type { FaultCategory, Hypothesis } from "../../../model/diagnosis.ts";
import { canonicalNumber } from "../number-format.ts";

/**
 * What people found on machines of this type, as a factor per cause; a cause that is not in it counts as it is. An
 * input of the rules like the evidence: with the same weights they give the same answer.
 */
export type CauseWeights = ReadonlyMap<FaultCategory, number>;

export const noWeights: CauseWeights = new Map();

/** Experience may tip the scales between causes that fit; it never makes a cause out of one that does not. */
export const weightBounds = { least: 0.8, most: 1.25 } as const;

const SCORE_MAX = 0.95;

/** A hypothesis with its score multiplied by the plant's experience. */
export function weighByExperience(hypothesis: Hypothesis, weights: CauseWeights): Hypothesis {
  const factor = weights.get(hypothesis.category) ?? 1;
  if (factor === 1) return hypothesis;
  const { least, most } = weightBounds;
  const bounded = Math.min(most, Math.max(least, factor));
  const score = Math.min(Math.max(SCORE_MAX, hypothesis.score), hypothesis.score * bounded);
  return { ...hypothesis, score: canonicalNumber(score) };
}
