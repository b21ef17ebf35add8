import type { EpochMs, MetricName, Ms } from "../../../model/basics.ts";

/** One machine from new (or repaired) to its failure, a value per metric and step; NaN where none was measured. */
export interface RunHistory {
  readonly id: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepMs: Ms;
  readonly values: Readonly<Record<MetricName, Float64Array>>;
}

/** Steps of a run; the last one is the failure. */
export function stepsOf(run: RunHistory): number {
  return Object.values(run.values)[0]?.length ?? 0;
}

/** Metrics that every run measured and that move at all, by name. */
export function commonMetrics(runs: readonly RunHistory[]): readonly MetricName[] {
  const names = Object.keys(runs[0]?.values ?? {});
  return names
    .filter((name) => runs.every(({ values }) => values[name]?.some(Number.isFinite) === true))
    .filter((name) => moves(runs, name))
    .toSorted();
}

function moves(runs: readonly RunHistory[], name: MetricName): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { values } of runs) {
    for (const value of values[name] ?? []) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return high - low > 1e-6 * Math.abs(high);
}
