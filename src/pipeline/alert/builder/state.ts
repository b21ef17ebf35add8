import type {
  AlarmCondition,
  AlarmGround,
  AlarmSnapshot,
  AlarmState,
  AlarmTransition,
  AlarmTransitionKind,
  Severity,
} from "../../../model/alarm.ts";
import type { DeviceId, EpochMs, MetricName, TraceId } from "../../../model/basics.ts";
import { MINUTE, SECOND } from "../../../model/basics.ts";
import type { StepSettings, StreamEvent } from "../../../model/control.ts";
import type { BaselinePhase, DetectorSignal, DeviceView } from "../../../model/detection.ts";
import type { Criticality } from "../../../model/device.ts";
import type { ReadingSnapshot } from "../../../model/reading.ts";

/** A reading older than this when it was accepted comes from a backlog. */
const historicalAfterMs = 2 * MINUTE;
/** A backlog has ended when its device says nothing for this long. */
export const backlogIdleMs = 10 * SECOND;

/** What the builder remembers of one device; plain data, so that a checkpoint can hold it. */
export interface AlertBuilderState {
  readonly deviceId: DeviceId;
  /** Number of the newest transition. */
  lastNumber: number;
  settings: StepSettings;
  criticality: Criticality;
  suppressed: boolean;
  /** Newest time of the device's own clock. */
  eventAt: EpochMs | null;
  /** Newest time of ours. */
  receivedAt: EpochMs | null;
  /** When the newest reading was accepted. */
  lastReadingAt: EpochMs | null;
  /** Active alarms, and cleared ones inside their cool-down. */
  alarms: HeldAlarm[];
}

/** One alarm as the builder holds it. */
export interface HeldAlarm {
  readonly traceId: TraceId;
  readonly condition: string;
  /** Whose clock its spans are measured with: silence has no event time of its own. */
  readonly clock: "event" | "receive";
  readonly openedAt: EpochMs;
  readonly healthy: AlarmSnapshot["healthy"];
  state: AlarmState;
  severity: Severity;
  peakSeverity: Severity;
  /** The severity somebody was told of last; null: nobody knows of it. */
  told: Severity | null;
  /** Since when the margin lies below 95 % of the severity's step. */
  lowSince: EpochMs | null;
  occurrences: number;
  firstSeenAt: EpochMs;
  clearedAt: EpochMs | null;
  unconfirmed: boolean;
  suppressed: boolean;
  reading: ReadingSnapshot | null;
  baseline: BaselinePhase;
  conditions: HeldCondition[];
  ground: AlarmGround;
}

/** One condition of an alarm; `shown` is replaced, never changed, because snapshots share it. */
export interface HeldCondition {
  shown: AlarmCondition;
  requested: Severity | null;
  baseline: BaselinePhase;
  latching: boolean;
  /** Since when it is gone; a latched one stays active meanwhile. null: it is there. */
  goneSince: EpochMs | null;
}

/** One step under way. */
export interface Step {
  readonly state: AlertBuilderState;
  readonly event: StreamEvent;
  readonly historical: boolean;
  /** The reading the signals rest on. */
  readonly reading: ReadingSnapshot | null;
  readonly view: DeviceView | null;
  readonly transitions: AlarmTransition[];
}

export function isHistorical(event: StreamEvent): boolean {
  return (
    event.kind === "reading" &&
    event.reading.receivedAt - event.reading.measuredAt > historicalAfterMs
  );
}

/** Our time of an event. */
export function receivedAtOf(event: StreamEvent): EpochMs {
  if (event.kind === "reading") return event.reading.receivedAt;
  return event.kind === "tick" ? event.at : event.control.at;
}

/** Silence and external detectors speak in our time, everything else in the device's. */
export function clockOf(signal: DetectorSignal): HeldAlarm["clock"] {
  return signal.detector === "silence" || signal.detector === "external" ? "receive" : "event";
}

/** The time of a step on one of the two clocks. */
export function timeOf(step: Step, clock: HeldAlarm["clock"]): EpochMs {
  const ours = step.state.receivedAt ?? receivedAtOf(step.event);
  return clock === "receive" ? ours : (step.state.eventAt ?? ours);
}

/** Writes the next numbered transition. */
export function emit(
  step: Step,
  alarm: HeldAlarm,
  kind: AlarmTransitionKind,
  notify = false,
): void {
  const { state } = step;
  state.lastNumber += 1;
  layGround(alarm, kind);
  step.transitions.push({
    deviceId: state.deviceId,
    number: state.lastNumber,
    kind,
    at: timeOf(step, alarm.clock),
    notify,
    historical: step.historical,
    alarm: snapshotAlarm(state.deviceId, alarm),
  });
}

/** Remembers what held when the alarm became worse, and which conditions have joined since. */
function layGround(alarm: HeldAlarm, kind: AlarmTransitionKind): void {
  const conditions = alarm.conditions.map((held) => held.shown);
  if (kind === "attached") {
    alarm.ground = { ...alarm.ground, conditions };
  } else if (
    kind === "raised" ||
    kind === "escalated" ||
    kind === "reopened" ||
    kind === "repeated"
  ) {
    const { margin, metric } = worstCondition(alarm);
    alarm.ground = { margin, worstMetric: metric, conditions };
  }
}

function snapshotAlarm(deviceId: DeviceId, alarm: HeldAlarm): AlarmSnapshot {
  const worst = worstCondition(alarm);
  return {
    traceId: alarm.traceId,
    deviceId,
    condition: alarm.condition,
    state: alarm.state,
    unconfirmed: alarm.unconfirmed,
    suppressed: alarm.suppressed,
    severity: alarm.severity,
    peakSeverity: alarm.peakSeverity,
    occurrences: alarm.occurrences,
    openedAt: alarm.openedAt,
    firstSeenAt: alarm.firstSeenAt,
    clearedAt: alarm.clearedAt,
    margin: worst.margin,
    worstMetric: worst.metric,
    conditions: alarm.conditions.map((held) => held.shown),
    reading: alarm.reading,
    ground: alarm.ground,
    baseline: alarm.baseline,
    healthy: alarm.healthy,
  };
}

function worstCondition(alarm: HeldAlarm): { margin: number | null; metric: MetricName | null } {
  let margin: number | null = null;
  let metric: MetricName | null = null;
  for (const { shown } of alarm.conditions) {
    if (!shown.active && alarm.clearedAt === null) continue;
    if (metric === null || (shown.margin !== null && (margin === null || shown.margin > margin))) {
      margin = shown.margin;
      metric = shown.metrics[0] ?? metric;
    }
  }
  return { margin, metric };
}
