import type { MetricName } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { type Collector, findCondition, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { CELL, get, type MetricTable, set } from "./metric-cells.ts";

/** Values without change before a channel can be called stuck, and how far beyond its own habit that must be. */
const STUCK_MIN_RUN = 30;
const STUCK_HABIT_FACTOR = 5;
/** A channel that never moved much is a set point, not a stuck sensor. */
const STUCK_MIN_CHANGES = 20;
/** Bad values in a row before the sensor has a fault, good ones before it is over. */
const RANGE_RUN = 3;
/** Our clock and the device's may differ by this much. */
const SKEW_MS = 30_000;
const SKEW_RUN = 3;
const none: readonly MetricName[] = [];

/** D1: faults of sensors and clocks. They raise alarms about the sensor and silence it, never the machine. */
export function gateQuality(state: DetectState, reading: Reading, out: Collector): void {
  markStuck(state.table);
  const { table } = state;
  let stuck = none;
  let bad = none;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const name = table.names[slot] ?? "";
    if (get(table, slot, CELL.stuck) === 1) stuck = [...stuck, name];
    if (isFaulty(state, slot)) bad = [...bad, name];
  }
  say(state, "sensor_stuck", stuck.length > 0 ? stuck : null, out);
  say(state, "sensor_range", bad.length > 0 ? bad : null, out);
  const ahead = reading.measuredAt - reading.receivedAt > SKEW_MS;
  state.skewedRun = ahead ? state.skewedRun + 1 : 0;
  say(state, "clock_skew", state.skewedRun >= SKEW_RUN ? [] : null, out);
}

function say(
  state: DetectState,
  condition: string,
  metrics: readonly MetricName[] | null,
  out: Collector,
): void {
  if (metrics === null && state.conditions.length === 0) return;
  const holds = metrics !== null;
  const part = { detector: "quality", condition, holds, metrics: metrics ?? [] } as const;
  report(state, finding({ ...part, severity: "P3", offDelayMs: 0 }), out);
}

/** Stuck: unchanged for far longer than it ever was, while another channel of the machine moves. */
function markStuck(table: MetricTable): void {
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const run = get(table, slot, CELL.run);
    if (run < STUCK_MIN_RUN) {
      if (run === 0) set(table, slot, CELL.stuck, 0);
      continue;
    }
    if (get(table, slot, CELL.stuck) === 1 || get(table, slot, CELL.changes) < STUCK_MIN_CHANGES)
      continue;
    const habit = STUCK_HABIT_FACTOR * get(table, slot, CELL.longestRun);
    if (run >= habit && siblingMoves(table, slot, run)) set(table, slot, CELL.stuck, 1);
  }
}

/** A sibling that changes as often as before proves that the machine runs and only this channel stands. */
function siblingMoves(table: MetricTable, slot: number, run: number): boolean {
  for (let other = 0; other < table.names.length; other += 1) {
    if (other === slot || get(table, other, CELL.changes) < STUCK_MIN_CHANGES) continue;
    if (get(table, other, CELL.run) * 2 < run) return true;
  }
  return false;
}

function isFaulty(state: DetectState, slot: number): boolean {
  const run = get(state.table, slot, CELL.badRun);
  if (run >= RANGE_RUN) return true;
  if (run <= -RANGE_RUN) return false;
  const entry = findCondition(state, "quality", "sensor_range");
  return entry?.metrics.includes(state.table.names[slot] ?? "") === true;
}
