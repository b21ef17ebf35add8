import type { MetricName } from "../../model/basics.ts";
import type { Explanation } from "../../model/rule.ts";
import type { DetectState } from "./detect-state.ts";
import { CELL, get } from "./metric-cells.ts";
import { findSlot } from "./metric-table.ts";

/** Why a deviation was told: for each metric that it is about, where it is and where its change begins to matter. */
export function explainDeviation(
  state: DetectState,
  metrics: readonly MetricName[],
  holds: boolean | null,
): Explanation {
  return {
    clause: "differs from healthy",
    holds,
    value: null,
    limit: null,
    unit: null,
    progress: null,
    children: metrics.map((metric) => explainMetric(state, metric)),
  };
}

/** Why a temperature rises: how far it is ahead of its own trail, and how far it may be. */
export function explainRise(
  state: DetectState,
  metric: MetricName,
  { ahead, most }: { readonly ahead: number; readonly most: number },
): Explanation {
  return {
    clause: `${metric} ahead of its trail`,
    holds: ahead > most,
    value: ahead,
    limit: most,
    unit: unitOf(state, metric),
    progress: null,
    children: [],
  };
}

function explainMetric(state: DetectState, metric: MetricName): Explanation {
  const { table, baseline } = state;
  const slot = findSlot(table, metric);
  const level = baseline.held?.[slot] ?? get(table, slot, CELL.slow);
  const now = get(table, slot, CELL.middle);
  const share = get(table, slot, CELL.matters);
  const sign = now < level ? -1 : 1;
  const limit = level + sign * share * Math.abs(level);
  return {
    clause: `${metric} ${sign < 0 ? "<" : ">"} healthy ${sign < 0 ? "-" : "+"} ${100 * share} %`,
    holds: sign * (now - limit) >= 0,
    value: now,
    limit,
    unit: unitOf(state, metric),
    progress: null,
    children: [],
  };
}

function unitOf(state: DetectState, metric: MetricName): string | null {
  return state.profile?.metrics[metric]?.unit ?? null;
}
