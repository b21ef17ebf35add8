import {
  type AlarmSnapshot,
  type AlarmTransition,
  compareSeverity,
  diagnosisTransitions,
} from "../../model/alarm.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { AlertRow, HistoryRow } from "../../model/records.ts";

/** The machine's side of an alarm as columns. */
type MachineSide = Pick<
  AlertRow,
  | "alertLevel"
  | "peakLevel"
  | "temperature"
  | "vibration"
  | "metrics"
  | "rawPayload"
  | "alarmState"
  | "snapshot"
  | "occurrences"
  | "clearedAt"
  | "suppressed"
  | "updatedAt"
>;

export interface Opening {
  readonly device: Device | null;
  /** First alarm of the burst it belongs to. */
  readonly groupTraceId: string | null;
  readonly now: EpochMs;
}

/** A new alarm, waiting for its diagnosis. */
export function openRow(alarm: AlarmSnapshot, { device, groupTraceId, now }: Opening): AlertRow {
  return {
    ...machineSide(alarm, now),
    traceId: alarm.traceId,
    deviceId: alarm.deviceId,
    alertType: alarm.condition,
    status: "PENDING",
    openedAt: alarm.openedAt,
    factoryId: device?.factoryId ?? "",
    lineId: device?.lineId ?? "",
    assignee: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    shelvedBy: null,
    shelveReason: null,
    outOfService: false,
    groupTraceId,
    incidentId: null,
    attempts: 0,
    leaseUntil: null,
    leaseToken: 0,
    nextAttemptAt: now,
    lastError: null,
    reportedLevel: null,
    createdAt: now,
  };
}

/** What a transition changes in a row that exists: never what people or the diagnosis wrote. */
export function patchRow(row: AlertRow, alarm: AlarmSnapshot, now: EpochMs): Partial<AlertRow> {
  const side = machineSide(alarm, now);
  return becameWorse(row, alarm) ? { ...side, ...askDiagnosisAgain(row, now) } : side;
}

/** The report was written for a milder alarm: it gets a new revision. */
function becameWorse(row: AlertRow, alarm: AlarmSnapshot): boolean {
  return row.reportedLevel !== null && compareSeverity(alarm.severity, row.reportedLevel) < 0;
}

/** A diagnosis that is done begins anew; one under way sees by itself that the alarm became worse. */
export function askDiagnosisAgain(row: AlertRow, now: EpochMs): Partial<AlertRow> {
  const status = diagnosisTransitions[row.status].revise;
  return status === null ? {} : { status, attempts: 0, nextAttemptAt: now, lastError: null };
}

/** The history entry of a transition; its id is made of what it says, so that a repeat is recognised. */
export function historyOf(transition: AlarmTransition): HistoryRow {
  const { alarm, kind, at, number, notify, historical } = transition;
  return {
    historyId: `${alarm.traceId}-${kind}-${at}-${alarm.occurrences}-${alarm.conditions.length}-${alarm.severity}`,
    subject: "alert",
    subjectId: alarm.traceId,
    at,
    actor: "system",
    action: kind,
    reason: null,
    detail: {
      number,
      notify,
      historical,
      state: alarm.state,
      severity: alarm.severity,
      peakSeverity: alarm.peakSeverity,
      margin: alarm.margin,
      worstMetric: alarm.worstMetric,
      conditions: alarm.conditions,
      reading: alarm.reading,
    },
  };
}

function machineSide(alarm: AlarmSnapshot, now: EpochMs): MachineSide {
  const values = alarm.reading?.values ?? {};
  return {
    alertLevel: alarm.severity,
    peakLevel: alarm.peakSeverity,
    temperature: values["temperature"] ?? null,
    vibration: values["vibration"] ?? null,
    metrics: values,
    rawPayload: alarm.reading,
    alarmState: alarm.state,
    snapshot: alarm,
    occurrences: alarm.occurrences,
    clearedAt: alarm.clearedAt,
    suppressed: alarm.suppressed,
    updatedAt: now,
  };
}
