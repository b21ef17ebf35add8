import type { DeviceId, EpochMs, MetricName, TraceId } from "./basics.ts";
import type { BaselinePhase, ConditionName, DetectorName } from "./detection.ts";
import type { ReadingSnapshot } from "./reading.ts";
import type { Explanation } from "./rule.ts";

/** P0 act within 5 min, P1 within 30 min, P2 this shift, P3 next round. */
export type Severity = "P0" | "P1" | "P2" | "P3";

/** Severities from most to least urgent. */
export const severities: readonly Severity[] = ["P0", "P1", "P2", "P3"];

/** Negative: a is more urgent than b. */
export function compareSeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** The more urgent of two. */
export function worseSeverity(a: Severity, b: Severity): Severity {
  return compareSeverity(a, b) <= 0 ? a : b;
}

/** Alarm state after ISA-18.2: the process side × the operator side. NORMAL is cleared and acknowledged. */
export type AlarmState = "UNACK_ACTIVE" | "ACK_ACTIVE" | "UNACK_CLEARED" | "NORMAL";
export type AlarmEvent = "raise" | "clear" | "acknowledge" | "escalate" | "reopen";

// A table should look like one: every state meets every event; null refuses.
// biome-ignore format: a table should look like one
export const alarmTransitions: Record<AlarmState, Record<AlarmEvent, AlarmState | null>> = {
  UNACK_ACTIVE:  { raise: null, clear: "UNACK_CLEARED", acknowledge: "ACK_ACTIVE", escalate: "UNACK_ACTIVE", reopen: null },
  ACK_ACTIVE:    { raise: null, clear: "NORMAL",        acknowledge: null,         escalate: "UNACK_ACTIVE", reopen: null },
  UNACK_CLEARED: { raise: null, clear: null,            acknowledge: "NORMAL",     escalate: null,           reopen: "UNACK_ACTIVE" },
  NORMAL:        { raise: null, clear: null,            acknowledge: null,         escalate: null,           reopen: "UNACK_ACTIVE" },
};

/** True while the process side is active. */
export function isActive(state: AlarmState): boolean {
  return state === "UNACK_ACTIVE" || state === "ACK_ACTIVE";
}

/** True once a person has acknowledged the present state. */
export function isAcknowledged(state: AlarmState): boolean {
  return state === "ACK_ACTIVE" || state === "NORMAL";
}

/** Where the diagnosis of an alarm stands; wire values are those of `alert_log.status`. */
export type DiagnosisStatus = "PENDING" | "DIAGNOSING" | "COMPLETED" | "IGNORED";
export type DiagnosisEvent = "claim" | "complete" | "fail" | "ignore" | "revise";

// biome-ignore format: a table should look like one
export const diagnosisTransitions: Record<DiagnosisStatus, Record<DiagnosisEvent, DiagnosisStatus | null>> = {
  PENDING:    { claim: "DIAGNOSING", complete: null,        fail: null,      ignore: "IGNORED", revise: null },
  DIAGNOSING: { claim: "DIAGNOSING", complete: "COMPLETED", fail: "PENDING", ignore: "IGNORED", revise: null },
  COMPLETED:  { claim: null,         complete: null,        fail: null,      ignore: null,      revise: "PENDING" },
  IGNORED:    { claim: null,         complete: null,        fail: null,      ignore: null,      revise: null },
};

/** One condition inside an alarm: the one that opened it or one that joined. */
export interface AlarmCondition {
  readonly condition: ConditionName;
  readonly detector: DetectorName;
  readonly active: boolean;
  readonly unconfirmed: boolean;
  readonly since: EpochMs;
  readonly clearedAt: EpochMs | null;
  readonly metrics: readonly MetricName[];
  readonly margin: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly explanation: Explanation | null;
}

/** What made an alarm as severe as it is. */
export interface AlarmGround {
  readonly margin: number | null;
  readonly worstMetric: MetricName | null;
  readonly conditions: readonly AlarmCondition[];
}

/** The machine's side of an alarm, whole after each transition, so that applying one twice changes nothing. */
export interface AlarmSnapshot {
  readonly traceId: TraceId;
  readonly deviceId: DeviceId;
  /** The condition that opened it. */
  readonly condition: ConditionName;
  readonly state: AlarmState;
  readonly unconfirmed: boolean;
  /** The device's mode (maintenance, retired) hides it: it lives on and nobody is paged. */
  readonly suppressed: boolean;
  readonly severity: Severity;
  readonly peakSeverity: Severity;
  readonly occurrences: number;
  readonly openedAt: EpochMs;
  /** When the deviation or limit behind it was first seen; ≤ openedAt. */
  readonly firstSeenAt: EpochMs;
  readonly clearedAt: EpochMs | null;
  readonly margin: number | null;
  readonly worstMetric: MetricName | null;
  readonly conditions: readonly AlarmCondition[];
  /** The reading that raised it (or raised its severity last). */
  readonly reading: ReadingSnapshot | null;
  /** What held at `reading`: by the time somebody looks the conditions may tell another story. */
  readonly ground: AlarmGround;
  readonly baseline: BaselinePhase;
  /** Healthy level per metric at the time it opened; empty before a baseline exists. */
  readonly healthy: Readonly<Record<MetricName, { readonly mean: number; readonly sd: number }>>;
}

export type AlarmTransitionKind =
  | "raised"
  | "escalated"
  | "lowered"
  | "attached"
  | "cleared"
  | "reopened"
  | "unconfirmed"
  | "confirmed"
  | "acknowledged"
  /** Raised from a backlog and still active now that the backlog has been read. */
  | "caught_up"
  /** Another reading met the condition; said only where neither a cool-down nor an off-delay is configured. */
  | "repeated"
  | "suppressed"
  | "unsuppressed";

/** What the alert builder says; `number` counts up per device, so a repeat is recognised and ignored. */
export interface AlarmTransition {
  readonly deviceId: DeviceId;
  readonly number: number;
  readonly kind: AlarmTransitionKind;
  /** Event time. */
  readonly at: EpochMs;
  /**
   * True when somebody must be told something new: raised, escalated, or found active after a backlog or a
   * maintenance. Reopening within the cool-down is silent unless nobody was told before.
   */
  readonly notify: boolean;
  /** Raised from a backlog: the reading was older than 2 min when it was accepted. */
  readonly historical: boolean;
  readonly alarm: AlarmSnapshot;
}
