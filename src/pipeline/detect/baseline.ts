import type { EpochMs, Ms } from "../../model/basics.ts";
import type { BaselinePhase } from "../../model/detection.ts";
import type { DetectState } from "./detect-state.ts";
import { type DeviationModel, fitModel } from "./deviation-model.ts";
import { at, isTeaching, learnedSd, type MetricTable } from "./metric-table.ts";
import { closePeak, renewModel } from "./model-limits.ts";

/** Weight of a new reading in the fast average: about nine readings are remembered. */
const FAST_WEIGHT = 0.2;
/** In the middle one, which shows a small change that stays: about twenty. */
const MIDDLE_WEIGHT = 0.1;
/** In the slow one, the baseline: about two hundred. */
const SLOW_WEIGHT = 0.01;
/** After a deviation that lasted the slow average finds the level of the machine anew, as if it had seen so many rows. */
const RESETTLE_ROWS = 15;
/** Rows of a deviation that lasted, and of one that passed so quickly by itself that it is the machine's own habit. */
const LASTING_ROWS = 60;
const PASSING_ROWS = 180;
/** Rows in which the averages find their level; they teach levels, not the limit. */
const RUN_IN_ROWS = 60;
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
  /** Rows of the deviation at hand; null: there is none. */
  deviantRows: number | null;
  /** Rows in a row in which the deviation at hand looked over. */
  quietRows: number;
  /** Healthy rows since the last deviation that lasted. */
  calmRows: number;
  /** Healthy level and spread per slot, frozen when the device was commissioned; NaN: not learned. */
  reference: Float64Array;
  referenceSd: Float64Array;
  drifted: boolean;
  /** Settled RUNNING since the baseline was learned. */
  settledMs: Ms;
}

/** Fast and middle minus slow average of every metric, a row per kept instant; gone once the baseline is learned. */
export interface LearningWindow {
  width: number;
  count: number;
  /** Every stride-th row is kept. */
  readonly stride: number;
  fast: Float32Array;
  level: Float32Array;
}

export function createBaseline(): BaselineState {
  return {
    phase: "learning",
    rows: 0,
    refusals: 0,
    teaches: false,
    window: null,
    model: null,
    deviantRows: null,
    quietRows: 0,
    calmRows: Number.MAX_SAFE_INTEGER,
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
  const settling = Math.max(SLOW_WEIGHT, 1 / (RESETTLE_ROWS + baseline.calmRows));
  let taught = false;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    if (table.fresh[slot] !== 1 || table.stuck[slot] === 1) continue;
    const value = at(table.value, slot);
    const count = at(table.learned, slot);
    const fast = at(table.fast, slot);
    const first = 1 / (count + 1);
    const middle = at(table.middle, slot);
    table.fast[slot] = fast + Math.max(FAST_WEIGHT, first) * (value - fast);
    table.middle[slot] = middle + Math.max(MIDDLE_WEIGHT, first) * (value - middle);
    if (frozen || !isTeaching(table, slot)) continue;
    const slow = at(table.slow, slot);
    table.slow[slot] = slow + Math.max(settling, first) * (value - slow);
    taught = true;
    if (count < learnRows || baseline.phase === "learning") learnLevel(state, slot, value);
  }
  baseline.teaches = baseline.teaches || taught;
}

/** Closes the instant before: it counts as one learned row, and may complete the baseline. */
export function commitInstant(state: DetectState): void {
  const { baseline } = state;
  if (baseline.deviantRows !== null) baseline.deviantRows += 1;
  if (!baseline.teaches) return;
  baseline.teaches = false;
  if (baseline.calmRows < Number.MAX_SAFE_INTEGER) baseline.calmRows += 1;
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

/** A deviation begins: nothing is learned until it ends. */
export function beginDeviation(baseline: BaselineState): void {
  baseline.deviantRows ??= 0;
}

/**
 * The deviation at hand is over. What passed quickly by itself belongs to this machine; after one that lasted the
 * machine need not be quite what it was before (it was repaired, it warmed up), and its level is found anew.
 */
export function endDeviation(baseline: BaselineState): void {
  const rows = baseline.deviantRows;
  if (rows === null) return;
  baseline.deviantRows = null;
  baseline.quietRows = 0;
  if (baseline.model !== null) closePeak(baseline.model, rows <= PASSING_ROWS);
  if (rows >= LASTING_ROWS) baseline.calmRows = 0;
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
  const empty = (): Float32Array => new Float32Array(width * WINDOW_ROWS);
  baseline.window ??= { width, count: 0, stride, fast: empty(), level: empty() };
  const window = baseline.window;
  if (window.width !== width) widen(window, width);
  const ordinal = baseline.rows - runIn - 1;
  const kept = Math.floor(ordinal / window.stride);
  if (kept * window.stride !== ordinal || kept >= WINDOW_ROWS) return;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const slow = at(table.slow, slot);
    window.fast[window.count * width + slot] = at(table.fast, slot) - slow;
    window.level[window.count * width + slot] = at(table.middle, slot) - slow;
  }
  window.count += 1;
}

function widen(window: LearningWindow, width: number): void {
  const wider = (rows: Float32Array): Float32Array => {
    const next = new Float32Array(width * WINDOW_ROWS);
    for (let row = 0; row < window.count; row += 1) {
      next.set(rows.subarray(row * window.width, (row + 1) * window.width), row * width);
    }
    return next;
  };
  window.fast = wider(window.fast);
  window.level = wider(window.level);
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
