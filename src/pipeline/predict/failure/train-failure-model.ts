import { growBoostedTrees, predictTrees } from "../trees/boosted-trees.ts";
import { type ErrorBand, errorBands, intervalAt } from "./conformal.ts";
import type { FailureModel, HorizonSkill } from "./failure-model.ts";
import { fallingStaircase, probabilityAt } from "./isotonic.ts";
import { commonMetrics, type RunHistory } from "./run-history.ts";
import { rowAt, selectRows, type TrainingRows, trainingRows } from "./training-rows.ts";

export interface TrainingOptions {
  readonly deviceType: string;
  /** Steps beyond which nobody can see wear coming. */
  readonly cap: number;
  readonly seed: number;
}

/** Far enough for a turbofan; a plant with other wear says so. */
export const DEFAULT_CAP_STEPS = 125;

/** Horizons with a probability of their own, as shares of the cap. */
const horizonShares = [0.04, 0.08, 0.16, 0.24, 0.4, 0.64] as const;
const FOLDS = 5;
/** Below so many runs small trees are the better ones: what few machines share is simple. */
const FEW_RUNS = 30;

/**
 * Trains on run-to-failure histories of one device type: trees on all runs; intervals, probabilities and skill from
 * predictions of runs that were held out. The same runs and seed give the same model to the bit.
 */
export function trainFailureModel(
  runs: readonly RunHistory[],
  { deviceType, cap, seed }: TrainingOptions,
): FailureModel {
  const metrics = commonMetrics(runs);
  const rows = trainingRows(runs, metrics, cap);
  const grow = (part: TrainingRows) =>
    growBoostedTrees(
      { names: part.names, columns: part.columns, target: part.left },
      { ...treeOptions(runs.length), seed },
    );
  const cases = heldOut(rows, { runs: runs.length, cap, grow });
  return {
    format: 1,
    deviceType,
    stepMs: runs[0]?.stepMs ?? 0,
    metrics,
    cap,
    trees: grow(rows),
    bands: errorBands(cases),
    horizons: horizonsOf(cap).map((steps) => ({ steps, curve: curveOf(cases, steps) })),
    data: {
      histories: runs.map(({ id }) => id),
      rows: rows.left.length,
      from: runs.reduce((at, run) => Math.min(at, run.from), Number.POSITIVE_INFINITY),
      to: runs.reduce((at, run) => Math.max(at, run.to), 0),
    },
    skill: skillOf(cases, cap),
    seed,
  };
}

function treeOptions(runs: number) {
  return runs < FEW_RUNS
    ? { trees: 200, depth: 3, leafRowsMin: 60, featureShare: 0.3 }
    : { trees: 300, depth: 4, leafRowsMin: 40, featureShare: 0.4 };
}

/** A row whose run the trees had not seen. */
interface HeldOutCase {
  readonly fold: number;
  readonly prediction: number;
  readonly truth: number;
}

function heldOut(
  rows: TrainingRows,
  {
    runs,
    cap,
    grow,
  }: {
    readonly runs: number;
    readonly cap: number;
    readonly grow: (part: TrainingRows) => ReturnType<typeof growBoostedTrees>;
  },
): readonly HeldOutCase[] {
  const folds = Math.min(FOLDS, runs);
  const cases: HeldOutCase[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const trees = grow(selectRows(rows, (run) => run % folds !== fold));
    const held = selectRows(rows, (run) => run % folds === fold);
    held.left.forEach((truth, row) => {
      const prediction = Math.max(0, Math.min(cap, predictTrees(trees, rowAt(held, row))));
      cases.push({ fold, prediction, truth });
    });
  }
  return cases;
}

function horizonsOf(cap: number): readonly number[] {
  return horizonShares.map((share) => Math.max(1, Math.floor(share * cap + 0.5)));
}

function curveOf(cases: readonly HeldOutCase[], steps: number) {
  return fallingStaircase(
    cases.map(({ prediction, truth }) => ({ prediction, happened: truth <= steps })),
  );
}

/** Intervals and probabilities are measured on folds that they were not made from. */
function skillOf(cases: readonly HeldOutCase[], cap: number): FailureModel["skill"] {
  const folds = [...new Set(cases.map(({ fold }) => fold))];
  const mean = cases.reduce((sum, { truth }) => sum + truth, 0) / cases.length;
  let covered = 0;
  for (const fold of folds) {
    const bands = errorBands(cases.filter((one) => one.fold !== fold));
    covered += cases.filter((one) => one.fold === fold && isCovered(one, bands, cap)).length;
  }
  return {
    folds: folds.length,
    rmseSteps: rootMeanSquare(cases.map(({ prediction, truth }) => prediction - truth)),
    rmseOfMeanSteps: rootMeanSquare(cases.map(({ truth }) => truth - mean)),
    coverage: covered / cases.length,
    horizons: horizonsOf(cap).map((steps) => horizonSkill(cases, folds, steps)),
  };
}

function isCovered(one: HeldOutCase, bands: readonly ErrorBand[], cap: number): boolean {
  const { p05, p95 } = intervalAt(bands, one.prediction, cap);
  return one.truth >= p05 && one.truth <= p95;
}

function horizonSkill(
  cases: readonly HeldOutCase[],
  folds: readonly number[],
  steps: number,
): HorizonSkill {
  let brier = 0;
  for (const fold of folds) {
    const curve = curveOf(
      cases.filter((one) => one.fold !== fold),
      steps,
    );
    for (const one of cases) {
      if (one.fold !== fold) continue;
      const miss = probabilityAt(curve, one.prediction) - (one.truth <= steps ? 1 : 0);
      brier += miss * miss;
    }
  }
  const rate = cases.filter(({ truth }) => truth <= steps).length / cases.length;
  return { steps, brier: brier / cases.length, brierOfBaseRate: rate * (1 - rate) };
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
