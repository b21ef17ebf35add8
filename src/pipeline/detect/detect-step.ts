import type { DeviceId, EpochMs } from "../../model/basics.ts";
import type { StreamEvent } from "../../model/control.ts";
import type {
  AnomalyEpisode,
  DetectorSignal,
  DeviationSample,
  DeviceView,
} from "../../model/detection.ts";
import type { Reading } from "../../model/reading.ts";
import { commitInstant, isSettled, updateAverages } from "./baseline.ts";
import { type Collector, emitActive, finding, report } from "./conditions.ts";
import { applyControl, findingOfExternal } from "./control.ts";
import { createDetectState, type DetectState as State } from "./detect-state.ts";
import { checkDeviation, isUnhealthy, resumeAverages } from "./deviation.ts";
import { viewOf } from "./device-view.ts";
import { checkLimits } from "./limits.ts";
import { updateTable } from "./metric-table.ts";
import { checkStartTime, startDueAt } from "./mode.ts";
import { gateQuality } from "./quality-gate.ts";
import { checkRules, createRuleCache, hasClockRules, type RuleCache } from "./rules/rule-runner.ts";
import { checkSilence, noteArrival, silenceDueAt } from "./silence.ts";

/** Readings of one device that wait for their configuration; beyond, the oldest is judged by what is known. */
const MAX_HELD = 10_000;

/** State of one device, as its engine keeps and stores it. */
export type DetectState = State;

export interface DetectOutput {
  readonly state: DetectState;
  readonly signals: DetectorSignal[];
  readonly episodes: AnomalyEpisode[];
  readonly sample: DeviationSample | null;
}

export interface DetectStep {
  initial(deviceId: DeviceId): DetectState;
  /** The state is handed over: it is changed in place. */
  step(state: DetectState, event: StreamEvent): DetectOutput;
  /** Earliest tick that can change anything; null: none. */
  dueAt(state: DetectState): EpochMs | null;
  view(state: DetectState): DeviceView | null;
}

export interface DetectStepOptions {
  /**
   * Holds a reading whose `configVersion` is newer than any control event seen, until that event comes. For
   * engines where `control` is a topic of its own: they must then hand every control event to every device.
   * Off where one total order proves that the configuration came first.
   */
  readonly holdsUnknownVersions?: boolean;
}

/**
 * The detectors of one device as a pure function: the same events give the same outputs, to the bit, live,
 * replayed, split over restarts, or in another engine. A new device must first be handed the newest `settings`
 * and `rules` events of the log.
 */
export function createDetectStep(options: DetectStepOptions = {}): DetectStep {
  const rules = createRuleCache();
  const holds = options.holdsUnknownVersions === true;
  return {
    initial: createDetectState,
    step: (state, event) => {
      switch (event.kind) {
        case "reading":
          return holds && mustWait(state, event.reading)
            ? hold(state, event.reading, rules)
            : stepReading(state, event.reading, rules);
        case "tick":
          return stepTick(state, event.at, rules);
        case "control": {
          const out = collect(event.control.at);
          applyControl(state, event.control, rules, out);
          return release(state, out, rules);
        }
      }
    },
    dueAt,
    view: viewOf,
  };
}

function stepReading(state: DetectState, reading: Reading, rules: RuleCache): DetectOutput {
  const out = collect(reading.measuredAt);
  noteArrival(state, reading, out);
  const newest = state.newestAt;
  // Older than what was already judged: stored and aggregated by others, never detected.
  if (newest !== null && reading.measuredAt < newest) return outputOf(state, out, null);
  if (newest !== null && reading.measuredAt > newest) {
    commitInstant(state);
    noteSettled(state, reading, newest);
  }
  state.newestAt = reading.measuredAt;
  state.lastReading = reading;
  updateTable(state.table, reading, state.profile);
  gateQuality(state, reading, out);
  checkStartTime(state, reading.receivedAt, out);
  if (isSettled(state, reading.measuredAt)) updateAverages(state, isUnhealthy(state));
  const sample = checkDeviation(state, out);
  checkLimits(state, out);
  checkRules(state, { rules, now: reading.receivedAt, onTick: false }, out);
  checkReports(state, reading, out);
  // An instant in which anything is wrong with the machine teaches nothing.
  if (isUnhealthy(state)) state.baseline.teaches = false;
  emitActive(state, out);
  state.lastSample = sample;
  return outputOf(state, out, sample);
}

function stepTick(state: DetectState, now: EpochMs, rules: RuleCache): DetectOutput {
  const out = collect(now);
  const active = state.conditions.length;
  checkSilence(state, now, out);
  checkStartTime(state, now, out);
  checkRules(state, { rules, now, onTick: true }, out);
  if (out.episodes.length > 0 || state.conditions.length !== active) emitActive(state, out);
  return outputOf(state, out, null);
}

function dueAt(state: DetectState): EpochMs | null {
  if (hasClockRules(state) && state.newestReceivedAt !== null) return state.newestReceivedAt;
  const silence = silenceDueAt(state);
  const start = startDueAt(state);
  if (silence === null) return start;
  return start === null ? silence : Math.min(silence, start);
}

/** What the device and other detectors say: signals among others, never the detector. */
function checkReports(state: DetectState, reading: Reading, out: Collector): void {
  if (reading.status !== null) {
    const holds = reading.status === "ANOMALY";
    if (holds || state.conditions.length > 0) {
      const part = {
        detector: "device_status",
        condition: "device_status",
        severity: "P3",
      } as const;
      report(state, finding({ ...part, holds }), out);
    }
  }
  for (const anomaly of state.external) {
    report(state, findingOfExternal(anomaly, true), out);
  }
}

function noteSettled(state: DetectState, reading: Reading, before: EpochMs): void {
  const settled = isSettled(state, before);
  if (state.modeChangedAt !== null) {
    state.modeFirstReadingAt ??= reading.measuredAt;
    if (!settled && isSettled(state, reading.measuredAt)) resumeAverages(state);
  }
  // A pause in the data proves nothing about the time in between.
  const gap = reading.measuredAt - before;
  if (settled && gap <= 60_000) state.baseline.settledMs += gap;
}

function mustWait(state: DetectState, reading: Reading): boolean {
  return state.held.length > 0 || reading.configVersion > state.configVersion;
}

function hold(state: DetectState, reading: Reading, rules: RuleCache): DetectOutput {
  state.held = [...state.held, reading];
  if (state.held.length <= MAX_HELD) return outputOf(state, collect(reading.measuredAt), null);
  const [oldest = reading, ...rest] = state.held;
  state.held = rest;
  return stepReading(state, oldest, rules);
}

/** Judges what waited for this configuration; the readings' own outputs follow those of the event. */
function release(state: DetectState, out: Collector, rules: RuleCache): DetectOutput {
  let ready = 0;
  while ((state.held[ready]?.configVersion ?? Number.POSITIVE_INFINITY) <= state.configVersion) {
    ready += 1;
  }
  if (ready === 0) return outputOf(state, out, null);
  const waiting = state.held.slice(0, ready);
  state.held = state.held.slice(ready);
  let sample: DeviationSample | null = null;
  for (const reading of waiting) {
    const late = stepReading(state, reading, rules);
    out.signals.push(...late.signals);
    out.episodes.push(...late.episodes);
    sample = late.sample;
  }
  return outputOf(state, out, sample);
}

function collect(at: EpochMs): Collector {
  return { at, signals: [], episodes: [] };
}

function outputOf(
  state: DetectState,
  out: Collector,
  sample: DeviationSample | null,
): DetectOutput {
  return { state, signals: out.signals, episodes: out.episodes, sample };
}
