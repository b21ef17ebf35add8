import { hashText } from "../../kernel/hash.ts";
import { type Severity, worseSeverity } from "../../model/alarm.ts";
import type { EpochMs, MetricName, Ms } from "../../model/basics.ts";
import type {
  AnomalyEpisode,
  ConditionName,
  DetectorName,
  DetectorSignal,
} from "../../model/detection.ts";
import { type ReadingSnapshot, snapshotOf } from "../../model/reading.ts";
import type { Explanation } from "../../model/rule.ts";
import type { DetectState } from "./detect-state.ts";

/** One condition that is pending, active, or about to clear. */
export interface ConditionState {
  readonly detector: DetectorName;
  readonly condition: ConditionName;
  readonly ruleId: string | null;
  ruleVersion: number | null;
  /** When it first held without a break; the begin of its episode. */
  readonly since: EpochMs;
  active: boolean;
  unconfirmed: boolean;
  /** First moment at which it no longer held; null: it holds. */
  goneSince: EpochMs | null;
  metrics: readonly MetricName[];
  margin: number | null;
  severity: Severity | null;
  score: number | null;
  peakScore: number;
  contributions: Readonly<Record<MetricName, number>>;
  /** Contributions at the worst moment: at the end of an episode they are all noise. */
  peakContributions: Readonly<Record<MetricName, number>>;
  explanation: Explanation | null;
  latching: boolean;
  /** Would be raised if its baseline were learned. */
  readonly shadow: boolean;
}

/** What a detector finds at one moment. `holds` null: its values are missing or bad, nothing can be said. */
export interface Finding {
  readonly detector: DetectorName;
  readonly condition: ConditionName;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly holds: boolean | null;
  readonly onDelayMs: Ms;
  readonly offDelayMs: Ms;
  readonly metrics: readonly MetricName[];
  readonly margin: number | null;
  readonly severity: Severity | null;
  readonly score: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
  readonly explanation: Explanation | null;
  readonly latching: boolean;
  readonly shadow: boolean;
}

/** A finding with the parts that most detectors leave empty. */
export function finding(
  part: Pick<Finding, "detector" | "condition" | "holds"> & Partial<Finding>,
): Finding {
  return {
    ruleId: null,
    ruleVersion: null,
    onDelayMs: 0,
    offDelayMs: 0,
    metrics: [],
    margin: null,
    severity: null,
    score: null,
    contributions: nothing,
    explanation: null,
    latching: false,
    shadow: false,
    ...part,
  };
}

/** Outputs of one event while they are collected. */
export interface Collector {
  readonly at: EpochMs;
  readonly signals: DetectorSignal[];
  readonly episodes: AnomalyEpisode[];
}

const nothing: Readonly<Record<MetricName, number>> = Object.freeze({});

export function findCondition(
  state: DetectState,
  detector: DetectorName,
  condition: ConditionName,
  ruleId: string | null = null,
): ConditionState | null {
  for (const entry of state.conditions) {
    if (entry.condition === condition && entry.detector === detector && entry.ruleId === ruleId) {
      return entry;
    }
  }
  return null;
}

/** Moves one condition through on-delay, activity and off-delay. True: an entry for it exists afterwards. */
export function report(state: DetectState, found: Finding, out: Collector): boolean {
  const entry = findCondition(state, found.detector, found.condition, found.ruleId);
  if (entry === null) {
    if (found.holds !== true) return false;
    const begun = begin(found, out.at);
    state.conditions.push(begun);
    if (found.onDelayMs <= 0) activate(state, begun, out);
    return true;
  }
  if (found.holds === null) {
    entry.unconfirmed = entry.active;
    return true;
  }
  entry.unconfirmed = false;
  if (found.holds) {
    entry.goneSince = null;
    refresh(entry, found);
    if (!entry.active && out.at - entry.since >= found.onDelayMs) activate(state, entry, out);
    return true;
  }
  if (entry.active) {
    entry.goneSince ??= out.at;
    if (out.at - entry.goneSince < found.offDelayMs) return true;
  }
  end(state, entry, out);
  return false;
}

/** Says of every active condition how it stands now; called once per reading, after all detectors. */
export function emitActive(state: DetectState, out: Collector): void {
  if (state.conditions.length === 0) return;
  const { conditions, lastReading } = state;
  let snapshot: ReadingSnapshot | null = null;
  for (let i = 0; i < conditions.length; i += 1) {
    const entry = conditions[i];
    if (entry === undefined || !entry.active || isJoined(conditions, i)) continue;
    if (lastReading !== null) snapshot ??= snapshotOf(lastReading);
    const reading = entry.detector === "silence" ? null : snapshot;
    out.signals.push(signalOf(state, entry, { active: true, at: out.at, reading }));
  }
}

/** Ends a condition at once, whatever its delays: its mode, rule or limit is gone. */
export function end(state: DetectState, entry: ConditionState, out: Collector): void {
  state.conditions = state.conditions.filter((other) => other !== entry);
  if (!entry.active) return;
  out.episodes.push(episodeOf(state, entry, out.at));
  const goesOn = state.conditions.some((o) => o.active && o.condition === entry.condition);
  if (goesOn) return;
  const reading = state.lastReading === null ? null : snapshotOf(state.lastReading);
  out.signals.push(signalOf(state, entry, { active: false, at: out.at, reading }));
}

function begin(found: Finding, at: EpochMs): ConditionState {
  return {
    detector: found.detector,
    condition: found.condition,
    ruleId: found.ruleId,
    ruleVersion: found.ruleVersion,
    since: at,
    active: false,
    unconfirmed: false,
    goneSince: null,
    metrics: found.metrics,
    margin: found.margin,
    severity: found.severity,
    score: found.score,
    peakScore: found.score ?? found.margin ?? 1,
    contributions: found.contributions,
    peakContributions: found.contributions,
    explanation: found.explanation,
    latching: found.latching,
    shadow: found.shadow,
  };
}

function refresh(entry: ConditionState, found: Finding): void {
  entry.ruleVersion = found.ruleVersion;
  entry.metrics = found.metrics;
  entry.margin = found.margin;
  entry.severity = found.severity;
  entry.score = found.score;
  const strength = found.score ?? found.margin ?? 1;
  if (strength > entry.peakScore) {
    entry.peakScore = strength;
    entry.peakContributions = found.contributions;
  }
  entry.contributions = found.contributions;
  entry.explanation = found.explanation;
  entry.latching = found.latching;
}

function activate(state: DetectState, entry: ConditionState, out: Collector): void {
  entry.active = true;
  out.episodes.push(episodeOf(state, entry, null));
}

/** The same condition seen by two detectors is one: the first speaks for both, with the worse of the two. */
function isJoined(conditions: readonly ConditionState[], index: number): boolean {
  const entry = conditions[index];
  for (let i = 0; i < index; i += 1) {
    const other = conditions[i];
    if (other?.active === true && other.condition === entry?.condition) return true;
  }
  return false;
}

function signalOf(
  state: DetectState,
  entry: ConditionState,
  now: { active: boolean; at: EpochMs; reading: ReadingSnapshot | null },
): DetectorSignal {
  let { margin, severity, metrics, unconfirmed } = entry;
  for (const other of state.conditions) {
    if (other === entry || !other.active || other.condition !== entry.condition) continue;
    if (other.margin !== null) margin = Math.max(margin ?? other.margin, other.margin);
    if (other.severity !== null) {
      severity = severity === null ? other.severity : worseSeverity(severity, other.severity);
    }
    metrics = [...new Set([...metrics, ...other.metrics])];
    unconfirmed = unconfirmed && other.unconfirmed;
  }
  return {
    deviceId: state.deviceId,
    detector: entry.detector,
    condition: entry.condition,
    active: now.active,
    unconfirmed: now.active && unconfirmed,
    at: now.at,
    since: entry.since,
    metrics,
    margin,
    severity,
    score: entry.score,
    contributions: entry.contributions,
    ruleId: entry.ruleId,
    ruleVersion: entry.ruleVersion,
    explanation: entry.explanation,
    shadow: entry.shadow,
    baseline: state.baseline.phase,
    latching: entry.latching,
    reading: now.reading,
  };
}

function episodeOf(
  state: DetectState,
  entry: ConditionState,
  endedAt: EpochMs | null,
): AnomalyEpisode {
  const key = [state.deviceId, entry.detector, entry.condition, entry.ruleId ?? "", entry.since];
  return {
    episodeId: hashText(key.join("\n")),
    deviceId: state.deviceId,
    detector: entry.detector,
    condition: entry.condition,
    startedAt: entry.since,
    // A tick opens in our time, a reading closes in the device's: the end never comes before the begin.
    endedAt: endedAt === null ? null : Math.max(endedAt, entry.since),
    peakScore: entry.peakScore,
    contributions: entry.peakContributions,
    shadow: entry.shadow,
  };
}
