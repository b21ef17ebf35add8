import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { DeviationSample } from "../../model/detection.ts";
import { beginDeviation, endDeviation, isSettled } from "./baseline.ts";
import { type Collector, findCondition, finding, report } from "./conditions.ts";
import type { DetectState } from "./detect-state.ts";
import { contributionsOf, type DeviationModel, evaluateModel } from "./deviation-model.ts";
import { marginOf } from "./limits.ts";
import { at, findSlot, isUsable } from "./metric-table.ts";
import { notePeak } from "./model-limits.ts";

/** The deviation ends when it falls to this share of its limit, or when no change matters any more. */
const RELEASE_SHARE = 0.25;
/** Rows in a row that must say so: what swings around a limit is one deviation. */
const RELEASE_ROWS = 3;
/** A metric with less than this share of T² is not what the deviation is about. */
const NAMED_SHARE = 0.1;
const nothing: Readonly<Record<MetricName, number>> = Object.freeze({});

/** D3: how far the machine is from its own baseline now. */
export function checkDeviation(state: DetectState, out: Collector): DeviationSample {
  const { baseline } = state;
  const { model } = baseline;
  const lasting = findCondition(state, "deviation", "deviation");
  if (baseline.phase === "learning" || model === null || !isSettled(state, out.at)) {
    if (lasting !== null) say(state, { holds: false, score: null, contributions: nothing }, out);
    endDeviation(baseline);
    const learning = baseline.phase === "learning";
    return sampleOf(out.at, learning ? "learning" : "normal", null, nothing);
  }
  sayDrift(state, out);
  const distance = evaluateModel(model, state.table, out.at);
  if (distance === null || (lasting !== null && isUnheard(state, lasting.metrics, out.at))) {
    if (lasting !== null) say(state, { holds: null, score: null, contributions: nothing }, out);
    return sampleOf(out.at, lasting === null ? "normal" : "deviation", null, nothing);
  }
  const { score } = distance;
  const quiet = distance.beyond <= RELEASE_SHARE || distance.relevance < 1;
  const holds = lasting === null ? score > 1 : !isOver(state, quiet, out.at);
  // Once it looks over its shares are noise: until it ends it stays about what it was about.
  const contributions =
    lasting !== null && holds && quiet
      ? lasting.contributions
      : contributionsOf(model, state.table);
  if (holds) {
    beginDeviation(baseline);
    notePeak(model);
  } else {
    endDeviation(baseline);
  }
  if (holds || lasting !== null) say(state, { holds, score, contributions }, out);
  return sampleOf(out.at, holds ? "deviation" : "normal", score, contributions);
}

/** True while something is wrong with the machine: what it does now must not become its baseline. */
export function isUnhealthy(state: DetectState): boolean {
  for (const entry of state.conditions) {
    if (entry.detector !== "quality" && entry.detector !== "silence" && !isDrift(entry))
      return true;
  }
  return false;
}

/** Back in settled operation: the fast averages begin at the baseline, not where they stood before the stop. */
export function resumeAverages(state: DetectState): void {
  state.table.fast.set(state.table.slow);
  state.table.middle.set(state.table.slow);
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

function say(
  state: DetectState,
  found: {
    readonly holds: boolean | null;
    readonly score: number | null;
    readonly contributions: Readonly<Record<MetricName, number>>;
  },
  out: Collector,
): void {
  const metrics = namedMetrics(found.contributions);
  let margin: number | null = null;
  for (const metric of metrics) {
    const used = marginOf(state, findSlot(state.table, metric));
    if (used !== null) margin = Math.max(margin ?? used, used);
  }
  report(
    state,
    finding({ detector: "deviation", condition: "deviation", ...found, metrics, margin }),
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
    Math.abs(at(table.slow, slot) - (baseline.reference[slot] ?? 0)) /
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
