import type { EpochMs, MetricName, Ms } from "../../../model/basics.ts";
import type { RemainingHours } from "../../../model/prediction.ts";
import { type BoostedTrees, predictTrees } from "../trees/boosted-trees.ts";
import { type ErrorBand, intervalAt } from "./conformal.ts";
import { probabilityAt, type Staircase } from "./isotonic.ts";

/** Fewer histories of a type double the error: no model is trained from them. */
export const HISTORIES_MIN = 10;

/** Skill at one horizon, measured on runs that had not been learned from. */
export interface HorizonSkill {
  readonly steps: number;
  readonly brier: number;
  /** Brier of always telling the base rate. */
  readonly brierOfBaseRate: number;
}

/** A trained model as it is stored: everything that it knows and how it was measured, in plain JSON. */
export interface FailureModel {
  readonly format: 1;
  readonly deviceType: string;
  /** Time of one step; all of `steps` below count them. */
  readonly stepMs: Ms;
  readonly metrics: readonly MetricName[];
  /** Steps beyond which the model does not look: its largest answer means "that or more". */
  readonly cap: number;
  readonly trees: BoostedTrees;
  readonly bands: readonly ErrorBand[];
  /** Probability of a failure within so many steps, by prediction. */
  readonly horizons: readonly { readonly steps: number; readonly curve: Staircase }[];
  readonly data: {
    readonly histories: readonly string[];
    readonly rows: number;
    readonly from: EpochMs;
    readonly to: EpochMs;
  };
  /** Cross-validated by run: whole runs were held out. */
  readonly skill: {
    readonly folds: number;
    readonly rmseSteps: number;
    readonly rmseOfMeanSteps: number;
    /** Share of the truths within the 90 % interval. */
    readonly coverage: number;
    readonly horizons: readonly HorizonSkill[];
  };
  readonly seed: number;
}

export interface FailureForecast {
  /** Steps that are left. */
  readonly left: number;
  readonly rul: RemainingHours;
  /** Probability of a failure within so many steps; null: beyond what the model looks at, or without skill. */
  probability(steps: number): number | null;
  skill(steps: number): number | null;
}

/** What a model says of one row of features. RUL in steps. */
export function applyFailureModel(
  model: FailureModel,
  features: ArrayLike<number>,
): FailureForecast {
  const left = Math.max(0, Math.min(model.cap, predictTrees(model.trees, features)));
  return {
    left,
    rul: intervalAt(model.bands, left, model.cap),
    probability: (steps) => probabilityWithin(model, left, steps),
    skill: (steps) => skillWithin(model, steps),
  };
}

/** Straight between the trained horizons; below the first one in proportion to time. */
function probabilityWithin(model: FailureModel, left: number, steps: number): number | null {
  const points = [
    { steps: 0, p: 0 },
    ...model.horizons.map((h) => ({ steps: h.steps, p: probabilityAt(h.curve, left) })),
  ];
  const after = points.findIndex((point) => point.steps >= steps);
  const b = points[after];
  if (b === undefined || (skillWithin(model, steps) ?? 0) <= 0) return null;
  const a = points[Math.max(0, after - 1)] ?? b;
  if (b.steps === a.steps) return b.p;
  const share = (steps - a.steps) / (b.steps - a.steps);
  return Math.max(a.p, a.p + share * (b.p - a.p));
}

/** Of the trained horizon that covers it: 1 − Brier / Brier of the base rate. */
function skillWithin({ skill }: FailureModel, steps: number): number | null {
  const covering = skill.horizons.find((horizon) => horizon.steps >= steps);
  if (covering === undefined || covering.brierOfBaseRate <= 0) return null;
  return 1 - covering.brier / covering.brierOfBaseRate;
}
