import type { MetricName } from "../../model/basics.ts";
import type { Explanation } from "../../model/rule.ts";
import { type Collector, findCondition, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { explainRise } from "./explain-deviation.ts";
import { CELL, get, type MetricTable, set } from "./metric-cells.ts";
import { findSlot, isUsable } from "./metric-table.ts";

/** A temperature rises when it runs ahead of its own slow trail by so many times what it did while learning. */
const SWING_FACTOR = 1.8;
/** No rise below this many degrees is news: rooms do that. */
const LEAST_RISE = 1;
/** It ends when it falls to this share of where it begins. */
const RELEASE_SHARE = 0.5;
/** The trail follows like the slow average, and is never frozen: what became warm and stays so does not rise. */
const TRAIL_WEIGHT = 0.01;

/** What rises, as the sample of the reading says it. */
export interface Rise {
  /** Squared, as the other distances are: beyond 1 it rises. */
  readonly score: number;
  readonly contributions: Readonly<Record<MetricName, number>>;
}

/** Moves the trail of a temperature; `first` is the weight of a metric that has just begun. */
export function followTrail(table: MetricTable, slot: number, first: number): void {
  const trail = get(table, slot, CELL.trail);
  const value = get(table, slot, CELL.value);
  set(table, slot, CELL.trail, trail + Math.max(TRAIL_WEIGHT, first) * (value - trail));
}

/** Remembers how far temperatures run ahead of their trail while the machine is healthy. */
export function learnSwing(table: MetricTable): void {
  for (let slot = 0; slot < table.names.length; slot += 1) {
    if (get(table, slot, CELL.thermal) !== 1) continue;
    const swing = Math.abs(aheadOf(table, slot));
    if (swing > get(table, slot, CELL.swing)) set(table, slot, CELL.swing, swing);
  }
}

/** D5: temperatures that rise faster than this machine's do; null: none does. */
export function checkRise(state: DetectState, out: Collector): Rise | null {
  const { table } = state;
  const lasting = findCondition(state, "deviation", "temperature_rising");
  let worst = 0;
  let rising: MetricName | null = null;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    if (get(table, slot, CELL.thermal) !== 1 || !isUsable(table, slot, out.at)) continue;
    const ahead = aheadOf(table, slot) / riseOf(table, slot);
    if (ahead <= worst) continue;
    worst = ahead;
    rising = table.names[slot] ?? null;
  }
  const holds = rising !== null && worst > (lasting === null ? 1 : RELEASE_SHARE);
  if (lasting === null && !holds) return null;
  const contributions = rising === null ? {} : { [rising]: 1 };
  const score = worst * worst;
  const metrics = rising === null ? [] : [rising];
  report(
    state,
    finding({
      detector: "deviation",
      condition: "temperature_rising",
      // Early and without harm yet: whoever makes the next round looks at it, limits call people.
      severity: "P3",
      holds: holds ? true : isHeard(state, lasting?.metrics ?? [], out) ? false : null,
      metrics: holds ? metrics : (lasting?.metrics ?? []),
      score,
      contributions,
      explanation: rising === null ? null : explain(state, rising),
    }),
    out,
  );
  return holds ? { score, contributions } : null;
}

function explain(state: DetectState, metric: MetricName): Explanation {
  const slot = findSlot(state.table, metric);
  const ahead = aheadOf(state.table, slot);
  return explainRise(state, metric, { ahead, most: riseOf(state.table, slot) });
}

/** Degrees by which a temperature is above its trail. */
function aheadOf(table: MetricTable, slot: number): number {
  return get(table, slot, CELL.middle) - get(table, slot, CELL.trail);
}

function riseOf(table: MetricTable, slot: number): number {
  return Math.max(LEAST_RISE, SWING_FACTOR * get(table, slot, CELL.swing));
}

/** What is missing or bad has not stopped rising. */
function isHeard(state: DetectState, metrics: readonly MetricName[], out: Collector): boolean {
  return metrics.every((metric) => isUsable(state.table, findSlot(state.table, metric), out.at));
}
