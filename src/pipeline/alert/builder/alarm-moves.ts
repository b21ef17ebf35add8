import { hashText } from "../../../kernel/hash.ts";
import {
  type AlarmCondition,
  type AlarmEvent,
  type AlarmSnapshot,
  alarmTransitions,
  compareSeverity,
  isAcknowledged,
  worseSeverity,
} from "../../../model/alarm.ts";
import { MINUTE } from "../../../model/basics.ts";
import type { DetectorSignal, DeviceView } from "../../../model/detection.ts";
import { fallShare, milderSeverity, severityOf, severityOfAlarm } from "./severity.ts";
import { clockOf, emit, type HeldAlarm, type HeldCondition, type Step, timeOf } from "./state.ts";

/** A severity falls when its margin stayed low for this long. */
const fallAfterMs = MINUTE;

/** Opens an alarm. */
export function raise(step: Step, signal: DetectorSignal): HeldAlarm {
  const { state } = step;
  const clock = clockOf(signal);
  const openedAt = timeOf(step, clock);
  const severity = severityOf(signalInputs(signal), state.criticality);
  const alarm: HeldAlarm = {
    traceId: hashText(`${state.deviceId}|${signal.condition}|${openedAt}`),
    condition: signal.condition,
    clock,
    openedAt,
    healthy: healthyLevels(step.view),
    state: "UNACK_ACTIVE",
    severity,
    peakSeverity: severity,
    told: null,
    lowSince: null,
    occurrences: 1,
    firstSeenAt: Math.min(signal.since, openedAt),
    clearedAt: null,
    unconfirmed: false,
    suppressed: state.suppressed,
    reading: signal.reading ?? step.reading,
    baseline: signal.baseline,
    conditions: [holdCondition(signal)],
    ground: { margin: null, worstMetric: null, conditions: [] },
  };
  state.alarms.push(alarm);
  emit(step, alarm, "raised", tell(step, alarm));
  return alarm;
}

/** Opens a cleared alarm again; silent unless nobody was ever told of it. */
export function reopen(step: Step, alarm: HeldAlarm, signal: DetectorSignal): void {
  if (!move(alarm, "reopen")) return;
  putCondition(alarm, signal);
  const severity = severityOfAlarm(alarm, step.state.criticality, 1);
  alarm.severity = milderSeverity(severity, alarm.peakSeverity);
  alarm.occurrences += 1;
  alarm.clearedAt = null;
  alarm.lowSince = null;
  alarm.unconfirmed = false;
  alarm.suppressed = step.state.suppressed;
  alarm.reading = signal.reading ?? step.reading;
  if (alarm.told === null) {
    emit(step, alarm, "reopened", tell(step, alarm));
    return;
  }
  alarm.told = milderSeverity(alarm.told, alarm.severity);
  emit(step, alarm, "reopened");
}

/** Adds a condition to the story of an alarm; its severity is settled afterwards. */
export function attach(step: Step, alarm: HeldAlarm, signal: DetectorSignal): void {
  putCondition(alarm, signal);
  alarm.firstSeenAt = Math.min(alarm.firstSeenAt, signal.since);
  emit(step, alarm, "attached");
}

/** Takes over what a signal says of a condition that the alarm holds. */
export function putCondition(alarm: HeldAlarm, signal: DetectorSignal): void {
  const held = holdCondition(signal);
  const index = alarm.conditions.findIndex(({ shown }) => shown.condition === signal.condition);
  if (index < 0) alarm.conditions.push(held);
  else alarm.conditions[index] = held;
  alarm.baseline = signal.baseline;
}

/** The operator's side. */
export function acknowledge(step: Step, alarm: HeldAlarm): void {
  if (!move(alarm, "acknowledge")) return;
  emit(step, alarm, "acknowledged");
}

/** Ends conditions that are gone (latched ones once acknowledged), then clears the alarm or settles its severity. */
export function settle(step: Step, alarm: HeldAlarm): void {
  for (const held of alarm.conditions) endCondition(alarm, held);
  const active = alarm.conditions.filter(({ shown }) => shown.active);
  if (active.length === 0) {
    clear(step, alarm);
    return;
  }
  // That its sensor has a fault says nothing of the machine: it cannot confirm what the bad values left open.
  const ofMachine = active.filter(({ shown }) => shown.detector !== "quality");
  const speaking = ofMachine.length > 0 ? ofMachine : active;
  const unconfirmed = speaking.every(({ shown }) => shown.unconfirmed);
  if (unconfirmed !== alarm.unconfirmed) {
    alarm.unconfirmed = unconfirmed;
    emit(step, alarm, unconfirmed ? "unconfirmed" : "confirmed");
  }
  settleSeverity(step, alarm);
}

/** Follows the device's mode, and tells of what nobody was told before. */
export function settlePage(step: Step, alarm: HeldAlarm, caughtUp: boolean): void {
  const changed = alarm.suppressed !== step.state.suppressed;
  alarm.suppressed = step.state.suppressed;
  if (changed && alarm.suppressed) emit(step, alarm, "suppressed");
  else if (changed) emit(step, alarm, "unsuppressed", isNews(alarm) && tell(step, alarm));
  else if (caughtUp && isNews(alarm) && !alarm.suppressed) {
    emit(step, alarm, "caught_up", tell(step, alarm));
  }
}

/** Without any cool-down each reading that meets a limit or a rule is told, also while its alarm lasts. */
export function tellAgain(step: Step, alarm: HeldAlarm, signal: DetectorSignal): void {
  const isMet = signal.active && !signal.unconfirmed && signal.reading !== null;
  if (!isMet || (signal.detector !== "limit" && signal.detector !== "rule")) return;
  const isTold = step.transitions.some((t) => t.notify && t.alarm.traceId === alarm.traceId);
  if (isTold || !tell(step, alarm)) return;
  alarm.reading = signal.reading;
  emit(step, alarm, "repeated", true);
}

/** True while the present severity is news: nobody knows of it, or only of a milder one. */
export function isNews(alarm: HeldAlarm): boolean {
  return alarm.told === null || compareSeverity(alarm.severity, alarm.told) < 0;
}

/** True, and remembered, when somebody is told now; a backlog and a maintenance page nobody. */
function tell(step: Step, alarm: HeldAlarm): boolean {
  if (step.historical || step.state.suppressed) return false;
  alarm.told = alarm.severity;
  return true;
}

function endCondition(alarm: HeldAlarm, held: HeldCondition): void {
  if (!held.shown.active || held.goneSince === null) return;
  if (held.latching && !isAcknowledged(alarm.state)) return;
  held.shown = { ...held.shown, active: false, unconfirmed: false, clearedAt: held.goneSince };
}

function clear(step: Step, alarm: HeldAlarm): void {
  if (!move(alarm, "clear")) return;
  alarm.clearedAt = timeOf(step, alarm.clock);
  alarm.lowSince = null;
  alarm.unconfirmed = false;
  emit(step, alarm, "cleared");
}

function settleSeverity(step: Step, alarm: HeldAlarm): void {
  const { criticality } = step.state;
  const wanted = severityOfAlarm(alarm, criticality, 1);
  if (compareSeverity(wanted, alarm.severity) < 0) {
    if (!move(alarm, "escalate")) return;
    alarm.severity = wanted;
    alarm.peakSeverity = worseSeverity(alarm.peakSeverity, wanted);
    alarm.lowSince = null;
    alarm.reading = step.reading ?? alarm.reading;
    emit(step, alarm, "escalated", tell(step, alarm));
    return;
  }
  const held = severityOfAlarm(alarm, criticality, fallShare);
  if (alarm.unconfirmed || compareSeverity(held, alarm.severity) <= 0) {
    alarm.lowSince = null;
    return;
  }
  const at = timeOf(step, alarm.clock);
  alarm.lowSince ??= at;
  if (at - alarm.lowSince < fallAfterMs || !isAcknowledged(alarm.state)) return;
  alarm.severity = held;
  if (alarm.told !== null) alarm.told = milderSeverity(alarm.told, held);
  alarm.lowSince = null;
  emit(step, alarm, "lowered");
}

/** False: the table refuses the event, nothing was changed. */
function move(alarm: HeldAlarm, event: AlarmEvent): boolean {
  const next = alarmTransitions[alarm.state][event];
  if (next === null) return false;
  alarm.state = next;
  return true;
}

function holdCondition(signal: DetectorSignal): HeldCondition {
  const shown: AlarmCondition = {
    condition: signal.condition,
    detector: signal.detector,
    active: true,
    unconfirmed: false,
    since: signal.since,
    clearedAt: null,
    metrics: signal.metrics,
    margin: signal.margin,
    contributions: signal.contributions,
    ruleId: signal.ruleId,
    ruleVersion: signal.ruleVersion,
    explanation: signal.explanation,
  };
  const { severity: requested, baseline, latching } = signal;
  return { shown, requested, baseline, latching, goneSince: null };
}

function signalInputs(signal: DetectorSignal) {
  const { detector, margin, severity: requested, baseline } = signal;
  return { detector, margin, requested, baseline };
}

function healthyLevels(view: DeviceView | null): AlarmSnapshot["healthy"] {
  const levels = Object.entries(view?.metrics ?? {});
  return Object.fromEntries(levels.map(([metric, { mean, sd }]) => [metric, { mean, sd }]));
}
