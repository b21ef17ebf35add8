import { type AlarmTransition, compareSeverity, isActive } from "../../../model/alarm.ts";
import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import {
  type ControlEvent,
  defaultStepSettings,
  type StreamEvent,
} from "../../../model/control.ts";
import type { DetectorSignal, DeviceView } from "../../../model/detection.ts";
import type { OperatingMode } from "../../../model/device.ts";
import {
  acknowledge,
  attach,
  isNews,
  putCondition,
  raise,
  reopen,
  settle,
  settlePage,
  tellAgain,
} from "./alarm-moves.ts";
import { severityOf } from "./severity.ts";
import {
  type AlertBuilderState,
  backlogIdleMs,
  clockOf,
  type HeldAlarm,
  isHistorical,
  receivedAtOf,
  type Step,
  timeOf,
} from "./state.ts";
import { confirmsDeviation, findCooling, findHolding, findStory } from "./story.ts";

export type { AlertBuilderState } from "./state.ts";

/** What the builder is fed with: an event of the log and what the detectors said of it. */
export interface AlertBuilderInput {
  readonly event: StreamEvent;
  readonly signals: readonly DetectorSignal[];
  readonly view: DeviceView | null;
}

/** What came of one event. */
export interface AlertBuilderOutput {
  readonly state: AlertBuilderState;
  readonly transitions: AlarmTransition[];
}

/**
 * Turns what the detectors say of one device into alarms (D8), as a pure function of state and event.
 * - One fault, one story: a condition that shares a metric with an active alarm joins it.
 * - A deviation is an alert once it lasted `deviationConfirmMs`, or when a limit or a rule joins it.
 * - Within the cool-down after clearing a condition reopens its alarm; a higher severity always passes.
 * - Without cool-down and off-delay nothing is held back: each reading that meets a limit or a rule is told.
 * - Each transition carries the whole alarm and the device's next number, so a repeat is recognised.
 * - The state handed in may be changed in place and must not be used again.
 */
export interface AlertBuilder {
  initial(deviceId: DeviceId): AlertBuilderState;
  step(state: AlertBuilderState, input: AlertBuilderInput): AlertBuilderOutput;
  /** Earliest tick that can change anything by itself; null: none. */
  dueAt(state: AlertBuilderState): EpochMs | null;
}

export function createAlertBuilder(): AlertBuilder {
  return { initial, step, dueAt };
}

function initial(deviceId: DeviceId): AlertBuilderState {
  return {
    deviceId,
    lastNumber: 0,
    settings: defaultStepSettings,
    criticality: "B",
    suppressed: false,
    eventAt: null,
    receivedAt: null,
    lastReadingAt: null,
    alarms: [],
  };
}

function step(state: AlertBuilderState, input: AlertBuilderInput): AlertBuilderOutput {
  const { event, signals } = input;
  const isNewest = advanceClocks(state, event);
  if (event.kind === "control") configure(state, event.control);
  if (signals.length === 0 && state.alarms.length === 0) return { state, transitions: [] };
  const current: Step = {
    state,
    event,
    historical: isHistorical(event),
    reading: signals.find(({ reading }) => reading !== null)?.reading ?? null,
    view: input.view,
    transitions: [],
  };
  if (event.kind === "control") act(current, event.control);
  for (const signal of inOrder(signals, state)) apply(current, signal);
  const caughtUp = hasCaughtUp(current, isNewest);
  for (const alarm of state.alarms) {
    if (isActive(alarm.state)) settle(current, alarm);
    if (isActive(alarm.state)) settlePage(current, alarm, caughtUp);
  }
  if (event.kind === "reading" && tellsEachReading(state)) {
    for (const signal of signals) {
      const holder = findHolding(state, signal.condition);
      if (holder !== null) tellAgain(current, holder, signal);
    }
  }
  forget(state);
  return { state, transitions: current.transitions };
}

/** An off-delay keeps a condition active over good readings: those are nobody's news. */
function tellsEachReading({ settings }: AlertBuilderState): boolean {
  return settings.cooldownMs === 0 && settings.offDelayMs === 0;
}

/** A backlog ends with the first fresh reading, or when its device falls silent. */
function dueAt(state: AlertBuilderState): EpochMs | null {
  if (state.suppressed || state.lastReadingAt === null) return null;
  const waiting = state.alarms.some((alarm) => isActive(alarm.state) && isNews(alarm));
  return waiting ? state.lastReadingAt + backlogIdleMs : null;
}

function hasCaughtUp({ state, event, historical }: Step, isNewest: boolean): boolean {
  if (event.kind === "reading") return isNewest && !historical;
  if (event.kind === "control") return false;
  return event.at >= (state.lastReadingAt ?? event.at) + backlogIdleMs;
}

/** False for a reading that is older than one seen before: it moves nothing. */
function advanceClocks(state: AlertBuilderState, event: StreamEvent): boolean {
  const receivedAt = receivedAtOf(event);
  state.receivedAt = Math.max(state.receivedAt ?? receivedAt, receivedAt);
  if (event.kind !== "reading") return true;
  state.lastReadingAt = state.receivedAt;
  const { measuredAt } = event.reading;
  if (state.eventAt !== null && measuredAt < state.eventAt) return false;
  state.eventAt = measuredAt;
  return true;
}

function configure(state: AlertBuilderState, control: ControlEvent): void {
  if (control.type === "settings") state.settings = control.settings;
  if (control.type === "device" && control.profile.deviceId === state.deviceId) {
    state.criticality = control.profile.criticality;
    state.suppressed = isSuppressing(control.profile.mode);
  }
  if (control.type === "mode" && control.deviceId === state.deviceId) {
    state.suppressed = isSuppressing(control.mode);
  }
}

const isSuppressing = (mode: OperatingMode): boolean =>
  mode === "MAINTENANCE" || mode === "RETIRED";

function act(current: Step, control: ControlEvent): void {
  if (control.type !== "alarm_action" || control.action !== "acknowledge") return;
  const alarm = current.state.alarms.find(({ traceId }) => traceId === control.traceId);
  if (alarm !== undefined) acknowledge(current, alarm);
}

function apply(current: Step, signal: DetectorSignal): void {
  // Shadow detectors show what they would have raised; their end still ends what they once raised.
  if (signal.shadow && signal.active) return;
  const holder = findHolding(current.state, signal.condition);
  if (holder !== null) update(current, holder, signal);
  else if (signal.active && !signal.unconfirmed) begin(current, signal);
}

function update(current: Step, alarm: HeldAlarm, signal: DetectorSignal): void {
  const held = alarm.conditions.find(({ shown }) => shown.condition === signal.condition);
  if (held === undefined) return;
  if (signal.unconfirmed) {
    // Bad values prove neither that the condition is there nor that it is gone.
    if (held.shown.active) held.shown = { ...held.shown, unconfirmed: true };
    held.goneSince = null;
  } else if (signal.active) {
    putCondition(alarm, signal);
  } else {
    held.shown = { ...held.shown, unconfirmed: false };
    held.goneSince ??= timeOf(current, alarm.clock);
  }
}

function begin(current: Step, signal: DetectorSignal): void {
  const { state } = current;
  const story = findStory(state, signal);
  const at = timeOf(current, clockOf(signal));
  if (signal.detector === "deviation" && at - signal.since < state.settings.deviationConfirmMs) {
    if (story !== null && confirmsDeviation(story)) attach(current, story, signal);
    return;
  }
  if (story !== null) {
    attach(current, story, signal);
    return;
  }
  const cooling = findCooling(state, signal.condition, at);
  if (cooling === null) raise(current, signal);
  else reopen(current, cooling, signal);
}

/** The most urgent first, so that it opens the alarm; deviations last, so that a limit can confirm them. */
function inOrder(
  signals: readonly DetectorSignal[],
  { criticality }: AlertBuilderState,
): readonly DetectorSignal[] {
  if (signals.length < 2) return signals;
  const rank = (signal: DetectorSignal): number => (signal.detector === "deviation" ? 1 : 0);
  const urgency = ({ detector, margin, severity, baseline }: DetectorSignal) =>
    severityOf({ detector, margin, requested: severity, baseline }, criticality);
  return signals.toSorted((a, b) => rank(a) - rank(b) || compareSeverity(urgency(a), urgency(b)));
}

/** Cleared alarms are kept as long as they can be reopened. */
function forget(state: AlertBuilderState): void {
  const { cooldownMs } = state.settings;
  state.alarms = state.alarms.filter((alarm) => {
    if (alarm.clearedAt === null) return true;
    const at = alarm.clock === "receive" ? state.receivedAt : state.eventAt;
    return at === null || at - alarm.clearedAt <= cooldownMs;
  });
}
