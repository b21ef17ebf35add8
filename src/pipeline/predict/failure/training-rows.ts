import type { MetricName } from "../../../model/basics.ts";
import { type RunHistory, stepsOf } from "./run-history.ts";
import { featureNames, featuresAt, SHORT_STEPS } from "./window-features.ts";

/** More rows teach nothing new and cost minutes. */
const ROWS_MAX = 40_000;

/** Rows of all runs, a column per feature, and what was true for each. */
export interface TrainingRows {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  /** Steps that were left, at most the cap: before wear shows, nobody can know more. */
  readonly left: Float64Array;
  /** Number of the run that a row belongs to. */
  readonly run: Int32Array;
}

/** Rows of every run, from its first whole window to its failure. */
export function trainingRows(
  runs: readonly RunHistory[],
  metrics: readonly MetricName[],
  cap: number,
): TrainingRows {
  const names = featureNames(metrics);
  const all = runs.reduce((sum, run) => sum + Math.max(0, stepsOf(run) - SHORT_STEPS + 1), 0);
  const stride = Math.max(1, Math.floor((all + ROWS_MAX - 1) / ROWS_MAX));
  const rows: { features: Float64Array; left: number; run: number }[] = [];
  runs.forEach((run, number) => {
    const columns = metrics.map((metric) => run.values[metric] ?? new Float64Array(stepsOf(run)));
    const end = stepsOf(run) - 1;
    // Counted back from the failure, so that the last row is always there.
    for (let left = 0; end - left >= SHORT_STEPS - 1; left += stride) {
      const at = end - left;
      const features = featuresAt(columns, at, at + 1);
      rows.push({ features, left: Math.min(cap, left), run: number });
    }
  });
  return {
    names,
    columns: names.map((_, f) => Float64Array.from(rows, ({ features }) => features[f] ?? 0)),
    left: Float64Array.from(rows, ({ left }) => left),
    run: Int32Array.from(rows, ({ run }) => run),
  };
}

/** The rows for which `isWanted` holds. */
export function selectRows(
  rows: TrainingRows,
  isWanted: (run: number) => boolean,
): TrainingRows & { readonly places: readonly number[] } {
  const places: number[] = [];
  rows.run.forEach((run, row) => {
    if (isWanted(run)) places.push(row);
  });
  return {
    names: rows.names,
    columns: rows.columns.map((column) => Float64Array.from(places, (row) => column[row] ?? 0)),
    left: Float64Array.from(places, (row) => rows.left[row] ?? 0),
    run: Int32Array.from(places, (row) => rows.run[row] ?? 0),
    places,
  };
}

/** The features of one row. */
export function rowAt({ columns }: TrainingRows, row: number): Float64Array {
  return Float64Array.from(columns, (column) => column[row] ?? 0);
}
