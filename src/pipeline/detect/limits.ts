import type { Severity } from "../../model/alarm.ts";
import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { ConditionName } from "../../model/detection.ts";
import { type Collector, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { CELL, get, type MetricTable, set } from "./metric-cells.ts";
import { HIGH, isUsable, LOW } from "./metric-table.ts";
import { referenceOf } from "./reference.ts";

/** The high limit where none is given: this share of the way from healthy to HH. */
const DEFAULT_HIGH_SHARE = 0.8;
/** A share of the limit itself that a value must fall back by, where no deadband is given. */
const DEFAULT_DEADBAND = 0.02;
/** For shares of the margin: they clear at 95 % of their step. */
const SHARE_RELEASE = 0.95;

const highNames: Readonly<Record<MetricName, ConditionName>> = {
  temperature: "over_temp",
  vibration: "high_vibration",
  pressure: "high_pressure",
  current: "over_current",
};

/** D2: rated limits of every metric. High and high-high are one condition with a growing margin. */
export function checkLimits(state: DetectState, out: Collector): void {
  const { table } = state;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const limited = get(table, slot, CELL.limited);
    const given = get(table, slot, CELL.limits);
    if (limited === 0 && given === 0) continue;
    if ((given | limited) & HIGH) checkSide(state, highOf(table, slot), out);
    if ((given | limited) & LOW) checkSide(state, lowOf(table, slot), out);
  }
}

/** Share of the margin between the healthy level and the outer limit that the value has used up. */
export function marginOf(state: DetectState, slot: number): number | null {
  const value = get(state.table, slot, CELL.value);
  const high = share(state, slot, value, get(state.table, slot, CELL.hh), 1);
  const low = share(state, slot, value, get(state.table, slot, CELL.ll), -1);
  if (high === null) return low;
  return low === null ? high : Math.max(high, low);
}

/** The metric that has used up most of its margin. */
export function worstMargin(
  state: DetectState,
  now: EpochMs,
): { readonly margin: number; readonly metric: MetricName } | null {
  let worst: { margin: number; metric: MetricName } | null = null;
  for (let slot = 0; slot < state.table.names.length; slot += 1) {
    if (!isUsable(state.table, slot, now)) continue;
    const margin = marginOf(state, slot);
    if (margin === null || (worst !== null && margin <= worst.margin)) continue;
    worst = { margin, metric: state.table.names[slot] ?? "" };
  }
  return worst;
}

interface Side {
  readonly slot: number;
  /** 1 above, −1 below. */
  readonly sign: 1 | -1;
  /** HH or LL; NaN where not given. */
  readonly outer: number;
  /** H or L. */
  readonly inner: number;
  readonly bit: number;
}

function highOf(table: MetricTable, slot: number): Side {
  const outer = get(table, slot, CELL.hh);
  return { slot, sign: 1, outer, inner: get(table, slot, CELL.h), bit: HIGH };
}

function lowOf(table: MetricTable, slot: number): Side {
  const outer = get(table, slot, CELL.ll);
  return { slot, sign: -1, outer, inner: get(table, slot, CELL.l), bit: LOW };
}

function checkSide(state: DetectState, side: Side, out: Collector): void {
  const { table, settings } = state;
  const { slot, bit } = side;
  const limited = get(table, slot, CELL.limited);
  const entered = (limited & bit) !== 0;
  const usable = isUsable(table, slot, out.at);
  if (!usable && !entered) return;
  const value = get(table, slot, CELL.value);
  const level = usable ? severityOf(state, side, value, entered) : null;
  if (level === null && !entered) return;
  const metric = table.names[slot] ?? "";
  const here = report(
    state,
    finding({
      detector: "limit",
      condition: conditionOf(metric, side.sign),
      holds: usable ? level !== null : null,
      onDelayMs: settings.onDelayMs,
      offDelayMs: settings.offDelayMs,
      metrics: [metric],
      margin: share(state, slot, value, side.outer, side.sign),
      severity: level,
      explanation: {
        clause: `${metric} ${side.sign > 0 ? ">=" : "<="} ${side.sign > 0 ? "high" : "low"} limit`,
        holds: usable ? level !== null : null,
        value,
        limit: limitReached(state, side, value),
        unit: state.profile?.metrics[metric]?.unit ?? null,
        progress: null,
        children: [],
      },
    }),
    out,
  );
  set(table, slot, CELL.limited, here ? limited | bit : limited & ~bit);
}

/** P0 at the outer limit, P1 at the inner one; null: within. `held` asks for the deadband as well. */
function severityOf(state: DetectState, side: Side, value: number, held: boolean): Severity | null {
  const { slot, sign, outer, inner } = side;
  const back = held ? deadbandOf(state, slot, Number.isNaN(inner) ? outer : inner) : 0;
  if (sign * (value - outer) >= 0) return "P0";
  // Only the machine's outer limits count while it does not run: what is idle is cold, slow and empty.
  if (state.mode === "RUNNING" || state.mode === "STARTING" || state.mode === "STOPPING") {
    if (sign * (value - inner) + back >= 0) return "P1";
    if (Number.isNaN(inner) && sign > 0) {
      const used = share(state, slot, value, outer, sign);
      const step = held ? SHARE_RELEASE * DEFAULT_HIGH_SHARE : DEFAULT_HIGH_SHARE;
      if (used !== null && used >= step) return "P1";
    }
  }
  return held && sign * (value - outer) + back >= 0 ? "P1" : null;
}

function deadbandOf(state: DetectState, slot: number, limit: number): number {
  const given = get(state.table, slot, CELL.deadband);
  return Number.isNaN(given) ? DEFAULT_DEADBAND * Math.abs(limit) : given;
}

/** Before a baseline exists only m ≥ 1 counts: the value stands at or beyond its limit. */
function share(
  state: DetectState,
  slot: number,
  value: number,
  outer: number,
  sign: 1 | -1,
): number | null {
  if (Number.isNaN(outer)) return null;
  const beyond = sign * (value - outer) >= 0;
  const healthy = referenceOf(state.baseline, slot);
  const room = sign * (outer - healthy);
  // NaN compares false: no baseline, or one that already lies beyond the limit.
  if (!(room > 0)) return beyond ? 1 : null;
  return (sign * (value - healthy)) / room;
}

function limitReached(state: DetectState, side: Side, value: number): number | null {
  if (side.sign * (value - side.outer) >= 0) return side.outer;
  if (!Number.isNaN(side.inner)) return side.inner;
  if (Number.isNaN(side.outer)) return null;
  const healthy = referenceOf(state.baseline, side.slot);
  if (Number.isNaN(healthy)) return side.outer;
  return healthy + DEFAULT_HIGH_SHARE * (side.outer - healthy);
}

function conditionOf(metric: MetricName, sign: 1 | -1): ConditionName {
  return sign > 0 ? (highNames[metric] ?? `high_${metric}`) : `low_${metric}`;
}
