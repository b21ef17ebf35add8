import type { EpochMs, Ms } from "../../model/basics.ts";
import type { BaselinePhase } from "../../model/detection.ts";
import type { DetectState } from "./detect-state.ts";
import { type DeviationModel, fitModel, renewModel } from "./deviation-model.ts";
import { at, isTeaching, learnedSd, type MetricTable } from "./metric-table.ts";

/** Weight of a new reading in the fast average: about nine readings are remembered. */
const FAST_WEIGHT = 0.2;
/** In the slow one, the baseline: about two hundred. */
const SLOW_WEIGHT = 0.01;
/** Rows in which the averages find their level; they teach levels, not the limit. */
const RUN_IN_ROWS = 20;
/** Rows of the learning window that are kept: of averages over nine readings every second one is enough. */
const WINDOW_ROWS = 200;
/** A machine that just came up is not yet what it will be. */
export const SETTLE_MS: Ms = 60_000;
/** A commissioning window that contradicts itself is refused this often, then taken: never blind for ever. */
const MAX_REFUSALS = 2;
/** The baseline has drifted when it left the commissioning reference by this many standard deviations. */
const DRIFT_BEGINS = 8;
const DRIFT_ENDS = 5;

/** The learned part of a device's state. Levels themselves stand in the metric table. */
export interface BaselineState {
  phase: BaselinePhase;
  /** Good rows of the present learning window. */
  rows: number;
  refusals: number;
  /** The instant at hand may be learned from; it is, once the next one begins. */
  teaches: boolean;
  window: LearningWindow | null;
  model: DeviationModel | null;
  /** Healthy level and spread per slot, frozen when the device was commissioned; NaN: not learned. */
  reference: Float64Array;
  referenceSd: Float64Array;
  drifted: boolean;
  /** Settled RUNNING since the baseline was learned. */
  settledMs: Ms;
}

/** Fast minus slow average of every metric, a row per kept instant; gone once the baseline is learned. */
export interface LearningWindow {
  width: number;
  count: number;
  /** Every stride-th row is kept. */
  readonly stride: number;
  rows: Float32Array;
}

export function createBaseline(): BaselineState {
  return {
    phase: "learning",
    rows: 0,
    refusals: 0,
    teaches: false,
    window: null,
    model: null,
    reference: new Float64Array(0),
    referenceSd: new Float64Array(0),
    drifted: false,
    settledMs: 0,
  };
}

/** Learns anew; the old reference stays live for margins until the new one stands. */
export function restartBaseline(state: DetectState): void {
  const { baseline, table } = state;
  state.baseline = {
    ...createBaseline(),
    reference: baseline.reference,
    referenceSd: baseline.referenceSd,
  };
  forgetLevels(table);
}

/** Takes the present level as the commissioning reference; only after the settled time that the plant asks. */
export function acceptBaseline(state: DetectState): void {
  const { baseline, table, settings } = state;
  if (baseline.phase !== "provisional" || baseline.settledMs < settings.acceptAfterMs) return;
  baseline.phase = "active";
  baseline.drifted = false;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    if (!Number.isNaN(referenceOf(baseline, slot))) baseline.reference[slot] = at(table.slow, slot);
  }
}

/** Healthy level of a metric for margins and rules; NaN before it is learned. */
export function referenceOf(baseline: BaselineState, slot: number): number {
  return baseline.reference[slot] ?? Number.NaN;
}

/** True when what the machine does now is what its baseline is about. */
export function isSettled(state: DetectState, now: EpochMs): boolean {
  if (state.mode !== "RUNNING") return false;
  if (state.modeChangedAt === null) return true;
  return state.modeFirstReadingAt !== null && now - state.modeFirstReadingAt >= SETTLE_MS;
}

/** Moves the averages with the values of this reading. `frozen`: the machine is not healthy, learn nothing. */
export function updateAverages(state: DetectState, frozen: boolean): void {
  const { table, baseline } = state;
  const learnRows = state.settings.learnRows;
  let taught = false;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    if (table.fresh[slot] !== 1 || table.stuck[slot] === 1) continue;
    const value = at(table.value, slot);
    const count = at(table.learned, slot);
    const fast = at(table.fast, slot);
    const first = 1 / (count + 1);
    table.fast[slot] = fast + Math.max(FAST_WEIGHT, first) * (value - fast);
    if (frozen || !isTeaching(table, slot)) continue;
    const slow = at(table.slow, slot);
    table.slow[slot] = slow + Math.max(SLOW_WEIGHT, first) * (value - slow);
    taught = true;
    if (count < learnRows || baseline.phase === "learning") learnLevel(state, slot, value);
  }
  baseline.teaches = baseline.teaches || taught;
}

/** Closes the instant before: it counts as one learned row, and may complete the baseline. */
export function commitInstant(state: DetectState): void {
  const { baseline } = state;
  if (!baseline.teaches) return;
  baseline.teaches = false;
  if (baseline.phase !== "learning") {
    if (baseline.model?.heard === true && renewModel(baseline.model)) checkDrift(state);
    return;
  }
  baseline.rows += 1;
  keepRow(state);
  if (baseline.rows < state.settings.learnRows) return;
  const model = fitModel(state.table, baseline.window, baseline.rows);
  baseline.window = null;
  if (model.contaminated && baseline.refusals < MAX_REFUSALS) {
    baseline.refusals += 1;
    baseline.rows = 0;
    forgetLevels(state.table);
    return;
  }
  baseline.model = model;
  baseline.phase = "provisional";
  baseline.settledMs = 0;
  freezeReference(state);
}

/** Compares the moving baseline with the frozen reference: a slow fault must not be learned as normal. */
function checkDrift(state: DetectState): void {
  const { baseline, table } = state;
  if (baseline.model === null) return;
  let worst = 0;
  for (const slot of baseline.model.members) {
    const away = Math.abs(at(table.slow, slot) - referenceOf(baseline, slot));
    worst = Math.max(worst, away / (baseline.referenceSd[slot] ?? 1));
  }
  baseline.drifted = worst > (baseline.drifted ? DRIFT_ENDS : DRIFT_BEGINS);
  if (baseline.drifted && baseline.phase === "active") baseline.phase = "stale";
}

function learnLevel(state: DetectState, slot: number, value: number): void {
  const { table, baseline } = state;
  const count = at(table.learned, slot) + 1;
  const mean = at(table.mean, slot);
  const next = mean + (value - mean) / count;
  table.learned[slot] = count;
  table.mean[slot] = next;
  table.squares[slot] = at(table.squares, slot) + (value - mean) * (value - next);
  // A metric that joined later gets its own reference when it has been seen long enough.
  if (baseline.phase !== "learning" && count >= state.settings.learnRows) setReference(state, slot);
}

function keepRow(state: DetectState): void {
  const { baseline, table, settings } = state;
  const runIn = Math.min(RUN_IN_ROWS, Math.floor(settings.learnRows / 4));
  if (baseline.rows <= runIn) return;
  const stride = Math.max(
    1,
    Math.floor((settings.learnRows - runIn + WINDOW_ROWS - 1) / WINDOW_ROWS),
  );
  const width = table.names.length;
  baseline.window ??= { width, count: 0, stride, rows: new Float32Array(width * WINDOW_ROWS) };
  const window = baseline.window;
  if (window.width !== width) widen(window, width);
  const ordinal = baseline.rows - runIn - 1;
  const kept = Math.floor(ordinal / window.stride);
  if (kept * window.stride !== ordinal || kept >= WINDOW_ROWS) return;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    window.rows[window.count * width + slot] = at(table.fast, slot) - at(table.slow, slot);
  }
  window.count += 1;
}

function widen(window: LearningWindow, width: number): void {
  const rows = new Float32Array(width * WINDOW_ROWS);
  for (let row = 0; row < window.count; row += 1) {
    rows.set(window.rows.subarray(row * window.width, (row + 1) * window.width), row * width);
  }
  window.rows = rows;
  window.width = width;
}

function freezeReference(state: DetectState): void {
  for (let slot = 0; slot < state.table.names.length; slot += 1) {
    if (at(state.table.learned, slot) >= state.settings.learnRows / 2) setReference(state, slot);
  }
}

function setReference(state: DetectState, slot: number): void {
  const { baseline, table } = state;
  if (baseline.reference.length < table.value.length) {
    baseline.reference = padded(baseline.reference, table.value.length);
    baseline.referenceSd = padded(baseline.referenceSd, table.value.length);
  }
  baseline.reference[slot] = at(table.mean, slot);
  baseline.referenceSd[slot] = learnedSd(table, slot);
}

function padded(column: Float64Array, length: number): Float64Array {
  const wider = new Float64Array(length).fill(Number.NaN);
  wider.set(column);
  return wider;
}

function forgetLevels(table: MetricTable): void {
  table.learned.fill(0);
  table.mean.fill(0);
  table.squares.fill(0);
}
