import type { BaselineState } from "./baseline.ts";
import type { DetectState } from "./detect-state.ts";
import { CELL, get } from "./metric-cells.ts";
import { learnedSd } from "./metric-table.ts";

/** The baseline has drifted when it left the commissioning reference by this many standard deviations. */
const DRIFT_BEGINS = 8;
const DRIFT_ENDS = 5;

/** Healthy level of a metric for margins and rules; NaN before it is learned. */
export function referenceOf(baseline: BaselineState, slot: number): number {
  return baseline.reference[slot] ?? Number.NaN;
}

/** Compares the moving baseline with the frozen reference: a slow fault must not be learned as normal. */
export function checkDrift(state: DetectState): void {
  const { baseline, table } = state;
  if (baseline.model === null) return;
  let worst = 0;
  for (const slot of baseline.model.members) {
    const away = Math.abs(get(table, slot, CELL.slow) - referenceOf(baseline, slot));
    worst = Math.max(worst, away / (baseline.referenceSd[slot] ?? 1));
  }
  baseline.drifted = worst > (baseline.drifted ? DRIFT_ENDS : DRIFT_BEGINS);
  if (baseline.drifted && baseline.phase === "active") baseline.phase = "stale";
}

/** Takes the learned levels as the commissioning reference. */
export function freezeReference(state: DetectState): void {
  for (let slot = 0; slot < state.table.names.length; slot += 1) {
    if (get(state.table, slot, CELL.learned) >= state.settings.learnRows / 2)
      setReference(state, slot);
  }
}

/** Takes the learned level of one metric as its reference. */
export function setReference(state: DetectState, slot: number): void {
  const { baseline, table } = state;
  const slots = table.names.length;
  if (baseline.reference.length < slots) {
    baseline.reference = padded(baseline.reference, slots);
    baseline.referenceSd = padded(baseline.referenceSd, slots);
  }
  baseline.reference[slot] = get(table, slot, CELL.mean);
  baseline.referenceSd[slot] = learnedSd(table, slot);
}

function padded(column: Float64Array, length: number): Float64Array {
  const wider = new Float64Array(length).fill(Number.NaN);
  wider.set(column);
  return wider;
}
