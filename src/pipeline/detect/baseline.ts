import type { EpochMs, Ms } from "../../model/basics.ts";
import type { BaselinePhase } from "../../model/detection.ts";
import type { DetectState } from "./detect-state.ts";
import { type DeviationModel, fitModel } from "./deviation-model.ts";
import { keepRow, type LearningWindow } from "./learning-window.ts";
import { CELL, columnOf, get, type MetricTable, set } from "./metric-cells.ts";
import { isFresh, isTeaching } from "./metric-table.ts";
import { closePeak, renewModel } from "./model-limits.ts";
import { checkDrift, freezeReference, referenceOf, setReference } from "./reference.ts";
import { followTrail, learnSwing } from "./thermal.ts";

/** Weight of a new reading in the fast average, which shows large changes at once: about four are remembered. */
const FAST_WEIGHT = 0.4;
/** In the middle one, which shows a small change that stays: about twenty. */
const MIDDLE_WEIGHT = 0.1;
/** In the slow one, the baseline: about two hundred. */
const SLOW_WEIGHT = 0.01;
/** After a deviation that lasted the slow average finds the level of the machine anew, as if it had seen so many rows. */
const RESETTLE_ROWS = 15;
/** Rows of a deviation that lasted, and of one that passed so quickly by itself that it is the machine's own habit. */
const LASTING_ROWS = 60;
const PASSING_ROWS = 180;
/** A machine that just came up is not yet what it will be. */
export const SETTLE_MS: Ms = 60_000;
/** Parts of the learning rows after which a model of what was seen so far looks on in shadow. */
const SHADOW_PARTS = 4;
/** A commissioning window that contradicts itself is refused this often, then taken: never blind for ever. */
const MAX_REFUSALS = 2;

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
  /** While learning: the model of the rows so far, which pages nobody; null: too few of them. */
  shadow: DeviationModel | null;
  /** Slow averages as they stood when the shadow began to deviate: learning goes on beside it. */
  held: Float64Array | null;
  /** Rows of the deviation at hand; null: there is none. */
  deviantRows: number | null;
  /** A limit, a rule or another detector spoke as well while it lasted. */
  grave: boolean;
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

export function createBaseline(): BaselineState {
  return {
    phase: "learning",
    rows: 0,
    refusals: 0,
    teaches: false,
    window: null,
    model: null,
    shadow: null,
    held: null,
    deviantRows: null,
    grave: false,
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
    if (!Number.isNaN(referenceOf(baseline, slot)))
      baseline.reference[slot] = get(table, slot, CELL.slow);
  }
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
    if (!isFresh(table, slot) || get(table, slot, CELL.stuck) === 1) continue;
    const value = get(table, slot, CELL.value);
    const count = get(table, slot, CELL.learned);
    const fast = get(table, slot, CELL.fast);
    const first = 1 / (count + 1);
    const middle = get(table, slot, CELL.middle);
    set(table, slot, CELL.fast, fast + Math.max(FAST_WEIGHT, first) * (value - fast));
    set(table, slot, CELL.middle, middle + Math.max(MIDDLE_WEIGHT, first) * (value - middle));
    if (get(table, slot, CELL.thermal) === 1) followTrail(table, slot, first);
    if (frozen || !isTeaching(table, slot)) continue;
    const slow = get(table, slot, CELL.slow);
    set(table, slot, CELL.slow, slow + Math.max(settling, first) * (value - slow));
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
  if (keepRow(state)) learnSwing(state.table);
  const { learnRows } = state.settings;
  const part = Math.max(1, Math.floor(learnRows / SHADOW_PARTS));
  if (baseline.rows < learnRows) {
    const calm = baseline.deviantRows === null;
    if (calm && baseline.rows % part === 0) baseline.shadow = fitSoFar(state);
    return;
  }
  const model = fitSoFar(state);
  if ((model.contaminated || holdsTwoMachines(state)) && baseline.refusals < MAX_REFUSALS) {
    baseline.refusals += 1;
    baseline.rows = 0;
    forgetLevels(state.table);
  } else {
    baseline.model = model;
    baseline.phase = "provisional";
    baseline.settledMs = 0;
    freezeReference(state);
  }
  baseline.window = null;
  baseline.shadow = null;
}

/** A machine that became another one within its learning window, and stays so, is not known to be healthy. */
function holdsTwoMachines({ baseline, settings }: DetectState): boolean {
  return (baseline.deviantRows ?? 0) * 2 >= settings.learnRows;
}

function fitSoFar({ table, baseline }: DetectState): DeviationModel {
  return fitModel(table, baseline.window, baseline.rows);
}

/** A deviation begins: nothing is learned until it ends, unless it is one in shadow. */
export function beginDeviation({ baseline, table }: DetectState): void {
  if (baseline.deviantRows !== null) return;
  baseline.deviantRows = 0;
  if (baseline.phase === "learning") baseline.held = columnOf(table, CELL.slow);
}

/**
 * The deviation at hand is over. What passed quickly by itself, and harmed nothing, belongs to this machine; after one that lasted the
 * machine need not be quite what it was before (it was repaired, it warmed up), and its level is found anew. One that
 * was cut off, because the machine was stopped, proves neither.
 */
export function endDeviation(baseline: BaselineState, how: "by itself" | "cut off"): void {
  const rows = baseline.deviantRows;
  if (rows === null) return;
  baseline.deviantRows = null;
  baseline.quietRows = 0;
  const habit = how === "by itself" && !baseline.grave && rows <= PASSING_ROWS;
  baseline.grave = false;
  baseline.held = null;
  if (baseline.model !== null) closePeak(baseline.model, habit);
  if (how === "by itself" && rows >= LASTING_ROWS && baseline.phase !== "learning")
    baseline.calmRows = 0;
}

function learnLevel(state: DetectState, slot: number, value: number): void {
  const { table, baseline } = state;
  const count = get(table, slot, CELL.learned) + 1;
  const mean = get(table, slot, CELL.mean);
  const next = mean + (value - mean) / count;
  set(table, slot, CELL.learned, count);
  set(table, slot, CELL.mean, next);
  set(table, slot, CELL.squares, get(table, slot, CELL.squares) + (value - mean) * (value - next));
  // A metric that joined later gets its own reference when it has been seen long enough.
  if (baseline.phase !== "learning" && count >= state.settings.learnRows) setReference(state, slot);
}

function forgetLevels(table: MetricTable): void {
  for (let slot = 0; slot < table.names.length; slot += 1) {
    set(table, slot, CELL.learned, 0);
    set(table, slot, CELL.mean, 0);
    set(table, slot, CELL.squares, 0);
    set(table, slot, CELL.swing, 0);
  }
}
