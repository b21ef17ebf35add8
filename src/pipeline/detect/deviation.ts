import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { DetectorName, DeviationSample } from "../../model/detection.ts";
import { beginDeviation, endDeviation, isSettled } from "./baseline.ts";
import {
  type Collector,
  type ConditionState,
  end,
  findCondition,
  finding,
  report,
} from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { contributionsOf, type DeviationModel, evaluateModel } from "./deviation-model.ts";
import { explainDeviation } from "./explain-deviation.ts";
import { marginOf } from "./limits.ts";
import { CELL, get, set } from "./metric-cells.ts";
import { findSlot, isUsable } from "./metric-table.ts";
import { notePeak } from "./model-limits.ts";
import { checkRise } from "./thermal.ts";

/** The deviation ends when it falls to this share of its limit, or when no change matters any more. */
const RELEASE_SHARE = 0.25;
/** Rows in a row that must say so: what swings around a limit is one deviation. */
const RELEASE_ROWS = 3;
/** After a deviation that lasted another one must be this far beyond the limit for so many rows. */
const SETTLING_LIMIT = 2;
const SETTLING_ROWS = 120;
/** A metric with less than this share of T² is not what the deviation is about. */
const NAMED_SHARE = 0.1;
const grave: readonly DetectorName[] = ["limit", "rule", "external"];
const nothing: Readonly<Record<MetricName, number>> = Object.freeze({});

/**
 * D3 and D4: how far the machine is from its own baseline now. While the baseline is learned a model of the rows so
 * far looks on in shadow: it shows what it would have raised, and learning goes on beside it.
 */
export function checkDeviation(state: DetectState, out: Collector): DeviationSample {
  const { baseline } = state;
  const learning = baseline.phase === "learning";
  const model = learning ? baseline.shadow : baseline.model;
  const lasting = findCondition(state, "deviation", "deviation");
  const stale = lasting !== null && lasting.shadow !== learning;
  if (model === null || stale || !isSettled(state, out.at)) {
    if (lasting !== null) say(state, { holds: false, score: null, contributions: nothing }, out);
    endDeviation(baseline, "cut off");
    endRise(state, out);
    return sampleOf(out.at, learning ? "learning" : "normal", null, nothing);
  }
  if (!learning) sayDrift(state, out);
  const found = judgePresent(state, model, { lasting, now: out.at });
  if (found.holds !== false || lasting !== null) say(state, found, out);
  if (learning) return sampleOf(out.at, "learning", null, nothing);
  const deviates = found.holds ?? lasting !== null;
  const rise = checkRise(state, out);
  const told = rise !== null && rise.score > (found.score ?? 0) ? rise : found;
  const holds = deviates || rise !== null;
  return sampleOf(out.at, holds ? "deviation" : "normal", told.score, told.contributions);
}

/** A machine that stands, or that is learned anew, has nothing that could rise. */
function endRise(state: DetectState, out: Collector): void {
  const rising = findCondition(state, "deviation", "temperature_rising");
  if (rising !== null) end(state, rising, out);
}

interface Found {
  /** null: nothing can be said. */
  readonly holds: boolean | null;
  readonly score: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
}

function judgePresent(
  state: DetectState,
  model: DeviationModel,
  { lasting, now }: { readonly lasting: ConditionState | null; readonly now: EpochMs },
): Found {
  const { baseline } = state;
  const distance = evaluateModel(model, state.table, { now, held: baseline.held });
  if (distance === null || (lasting !== null && isUnheard(state, lasting.metrics, now))) {
    return { holds: lasting === null ? false : null, score: null, contributions: nothing };
  }
  const { score } = distance;
  const quiet = distance.beyond <= RELEASE_SHARE || distance.relevance < 1;
  const holds = lasting === null ? score > beginsAt(state) : !isOver(state, quiet, now);
  if (holds) {
    beginDeviation(state);
    baseline.grave = baseline.grave || isGrave(state);
    notePeak(model);
  } else {
    endDeviation(baseline, "by itself");
  }
  // Once it looks over its shares are noise: until it ends it stays about what it was about.
  const contributions =
    lasting !== null && holds && quiet
      ? lasting.contributions
      : contributionsOf(model, state.table);
  return { holds, score, contributions };
}

/**
 * Few rows prove little: in shadow the limit comes down to its own as the learning window fills, and it is higher
 * while the level after a deviation is found anew.
 */
function beginsAt({ baseline, settings }: DetectState): number {
  if (baseline.phase !== "learning") return baseline.calmRows < SETTLING_ROWS ? SETTLING_LIMIT : 1;
  const missing = settings.learnRows / Math.max(1, baseline.rows);
  return missing * missing;
}

/** True while something is wrong with the machine: what it does now must not become its baseline. */
export function isUnhealthy(state: DetectState): boolean {
  for (const entry of state.conditions) {
    if (entry.shadow || entry.detector === "quality" || entry.detector === "silence") continue;
    if (!isDrift(entry)) return true;
  }
  return false;
}

/** True while something speaks that is no matter of averages. */
function isGrave(state: DetectState): boolean {
  return state.conditions.some(({ active, detector }) => active && grave.includes(detector));
}

/** Back in settled operation: the fast averages begin at the baseline, not where they stood before the stop. */
export function resumeAverages(state: DetectState): void {
  const { table } = state;
  for (let slot = 0; slot < table.names.length; slot += 1) {
    set(table, slot, CELL.fast, get(table, slot, CELL.slow));
    set(table, slot, CELL.middle, get(table, slot, CELL.slow));
    // A stopped machine cooled down: its temperatures begin where they are now.
    if (get(table, slot, CELL.thermal) !== 1) continue;
    set(table, slot, CELL.middle, get(table, slot, CELL.value));
    set(table, slot, CELL.trail, get(table, slot, CELL.value));
  }
}

/** Metrics that the deviation is about, the strongest first. */
export function namedMetrics(contributions: Readonly<Record<MetricName, number>>): MetricName[] {
  return Object.entries(contributions)
    .filter(([, share]) => share >= NAMED_SHARE)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([metric]) => metric);
}

/** True when the deviation has looked over for long enough; counts instants: a device may send many readings in one. */
function isOver({ baseline, lastSample }: DetectState, quiet: boolean, now: EpochMs): boolean {
  if (!quiet) baseline.quietRows = 0;
  else if (lastSample?.at !== now) baseline.quietRows += 1;
  return baseline.quietRows >= RELEASE_ROWS;
}

/** A deviation cannot end while a metric that it is about is missing, bad or stuck. */
function isUnheard(state: DetectState, metrics: readonly MetricName[], now: EpochMs): boolean {
  return metrics.some((metric) => !isUsable(state.table, findSlot(state.table, metric), now));
}

function isDrift(entry: { readonly condition: string }): boolean {
  return entry.condition === "baseline_drift";
}

function say(state: DetectState, found: Found, out: Collector): void {
  const metrics = namedMetrics(found.contributions);
  const shadow = state.baseline.phase === "learning";
  let margin: number | null = null;
  for (const metric of metrics) {
    const used = marginOf(state, findSlot(state.table, metric));
    if (used !== null) margin = Math.max(margin ?? used, used);
  }
  report(
    state,
    finding({
      detector: "deviation",
      condition: "deviation",
      ...found,
      metrics,
      margin,
      shadow,
      explanation: explainDeviation(state, metrics, found.holds),
    }),
    out,
  );
}

function sayDrift(state: DetectState, out: Collector): void {
  const { baseline, table } = state;
  if (!baseline.drifted && state.conditions.length === 0) return;
  const part = { detector: "deviation", condition: "baseline_drift", severity: "P3" } as const;
  const metrics =
    baseline.drifted && baseline.model !== null ? drifting(state, baseline.model) : [];
  const names = metrics.map((slot) => table.names[slot] ?? "");
  report(state, finding({ ...part, holds: baseline.drifted, metrics: names }), out);
}

/** Slots beyond half the worst distance from the reference, the farthest first. */
function drifting(state: DetectState, model: DeviationModel): number[] {
  const { table, baseline } = state;
  const distance = (slot: number): number =>
    Math.abs(get(table, slot, CELL.slow) - (baseline.reference[slot] ?? 0)) /
    (baseline.referenceSd[slot] ?? 1);
  const slots = [...model.members].sort((a, b) => distance(b) - distance(a));
  const worst = distance(slots[0] ?? 0);
  return slots.filter((slot) => distance(slot) >= worst / 2);
}

function sampleOf(
  now: EpochMs,
  state: DeviationSample["state"],
  score: number | null,
  contributions: Readonly<Record<MetricName, number>>,
): DeviationSample {
  return { at: now, state, score, contributions };
}
