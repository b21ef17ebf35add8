import { z } from "zod";
import { type AlarmCondition, isAcknowledged, isActive } from "../model/alarm.ts";
import type { AlertRow } from "../model/records.ts";
import {
  identifier,
  instantIn,
  instantOut,
  instantOutOrNull,
  numbersByMetric,
  severitySchema,
  text,
  toIso,
  toIsoOrNull,
} from "./basics.ts";
import { explanationOut, explanationToWire } from "./history.ts";

export const alarmStates = ["UNACK_ACTIVE", "ACK_ACTIVE", "UNACK_CLEARED", "NORMAL"] as const;
export const diagnosisStatuses = ["PENDING", "DIAGNOSING", "COMPLETED", "IGNORED"] as const;

/** One condition inside an alarm: the one that opened it or one that joined. */
export const alarmConditionOut = z
  .object({
    condition: z.string(),
    detector: z.string(),
    active: z.boolean(),
    unconfirmed: z.boolean(),
    since: instantOut,
    cleared_at: instantOutOrNull,
    metrics: z.array(z.string()),
    margin: z.number().nullable(),
    contributions: numbersByMetric,
    rule_id: z.string().nullable(),
    rule_version: z.int().nullable(),
    explanation: explanationOut.nullable().describe("Why it fired, clause by clause"),
  })
  .meta({ id: "AlarmCondition" });

export const alertOut = z
  .object({
    trace_id: z.string(),
    device_id: identifier,
    factory_id: z.string(),
    line_id: z.string(),
    condition: z.string().describe("The condition that opened it"),
    alert_type: z.string().describe("The same as `condition`"),
    severity: severitySchema,
    peak_severity: severitySchema,
    state: z.enum(alarmStates).describe("NORMAL: cleared and acknowledged"),
    active: z.boolean(),
    acknowledged: z.boolean(),
    unconfirmed: z.boolean().describe("Its values became bad: it neither holds nor clears"),
    shelved: z.boolean(),
    suppressed: z.boolean(),
    out_of_service: z.boolean(),
    status: z.enum(diagnosisStatuses).describe("Where the diagnosis stands"),
    timestamp: instantOutOrNull.describe("Of the reading that raised it"),
    seq: z.int().nullable(),
    values: numbersByMetric.describe("Of the reading that raised it, in the metrics' units"),
    conditions: z.array(alarmConditionOut),
    occurrences: z.int(),
    opened_at: instantOut,
    first_seen_at: instantOut.describe("When what is behind it was first seen"),
    cleared_at: instantOutOrNull,
    margin: z.number().nullable().describe("Share of the margin used up; 1: at the limit"),
    worst_metric: z.string().nullable(),
    baseline: z.enum(["learning", "provisional", "active", "stale"]),
    healthy: z.record(z.string(), z.object({ mean: z.number(), sd: z.number() })),
    assignee: z.string().nullable(),
    acknowledged_by: z.string().nullable(),
    acknowledged_at: instantOutOrNull,
    shelved_until: instantOutOrNull,
    shelved_by: z.string().nullable(),
    shelve_reason: z.string().nullable(),
    group_trace_id: z
      .string()
      .nullable()
      .describe("First alarm of the burst this one belongs to; null: it stands alone"),
    incident_id: z.string().nullable().describe("Storm it came in; null: it came alone"),
    attempts: z.int().describe("Of the diagnosis"),
    last_error: z.string().nullable(),
    reported_severity: severitySchema.nullable().describe("Severity of the newest report"),
    created_at: instantOut,
    updated_at: instantOut,
  })
  .meta({ id: "Alert" });

export type AlertOut = z.infer<typeof alertOut>;

export function alarmConditionToWire(condition: AlarmCondition): z.infer<typeof alarmConditionOut> {
  return {
    condition: condition.condition,
    detector: condition.detector,
    active: condition.active,
    unconfirmed: condition.unconfirmed,
    since: toIso(condition.since),
    cleared_at: toIsoOrNull(condition.clearedAt),
    metrics: [...condition.metrics],
    margin: condition.margin,
    contributions: condition.contributions,
    rule_id: condition.ruleId,
    rule_version: condition.ruleVersion,
    explanation: condition.explanation === null ? null : explanationToWire(condition.explanation),
  };
}

/** The row as the API gives it; `now` decides whether a shelving still holds. */
export function alertToWire(row: AlertRow, now: number): AlertOut {
  const { snapshot } = row;
  return {
    trace_id: row.traceId,
    device_id: row.deviceId,
    factory_id: row.factoryId,
    line_id: row.lineId,
    condition: row.alertType,
    alert_type: row.alertType,
    severity: row.alertLevel,
    peak_severity: row.peakLevel,
    state: row.alarmState,
    active: isActive(row.alarmState),
    acknowledged: isAcknowledged(row.alarmState),
    unconfirmed: snapshot.unconfirmed,
    shelved: row.shelvedUntil !== null && row.shelvedUntil > now,
    suppressed: row.suppressed,
    out_of_service: row.outOfService,
    status: row.status,
    timestamp: toIsoOrNull(row.rawPayload?.timestamp ?? null),
    seq: row.rawPayload?.seq ?? null,
    values: row.rawPayload?.values ?? {},
    conditions: snapshot.conditions.map(alarmConditionToWire),
    occurrences: row.occurrences,
    opened_at: toIso(row.openedAt),
    first_seen_at: toIso(snapshot.firstSeenAt),
    cleared_at: toIsoOrNull(row.clearedAt),
    margin: snapshot.margin,
    worst_metric: snapshot.worstMetric,
    baseline: snapshot.baseline,
    healthy: snapshot.healthy,
    ...handling(row),
    created_at: toIso(row.createdAt),
    updated_at: toIso(row.updatedAt),
  };
}

/** What people and the diagnosis made of it. */
function handling(row: AlertRow) {
  return {
    assignee: row.assignee,
    acknowledged_by: row.acknowledgedBy,
    acknowledged_at: toIsoOrNull(row.acknowledgedAt),
    shelved_until: toIsoOrNull(row.shelvedUntil),
    shelved_by: row.shelvedBy,
    shelve_reason: row.shelveReason,
    group_trace_id: row.groupTraceId,
    incident_id: row.incidentId,
    attempts: row.attempts,
    last_error: row.lastError,
    reported_severity: row.reportedLevel,
  };
}

/** Why an alarm stands: its conditions with their evaluated clauses. */
export const alertWhyOut = z
  .object({
    trace_id: z.string(),
    device_id: z.string(),
    severity: severitySchema,
    margin: z.number().nullable(),
    worst_metric: z.string().nullable(),
    baseline: z.string(),
    healthy: z.record(z.string(), z.object({ mean: z.number(), sd: z.number() })),
    conditions: z.array(alarmConditionOut),
  })
  .meta({ id: "AlertWhy" });

export function alertWhyToWire(row: AlertRow): z.infer<typeof alertWhyOut> {
  const { snapshot } = row;
  return {
    trace_id: row.traceId,
    device_id: row.deviceId,
    severity: row.alertLevel,
    margin: snapshot.margin,
    worst_metric: snapshot.worstMetric,
    baseline: snapshot.baseline,
    healthy: snapshot.healthy,
    conditions: snapshot.conditions.map(alarmConditionToWire),
  };
}

const reason = text(500).optional();

/** Bodies of the alarm actions; an empty body means `{}`. */
export const reasonIn = z.strictObject({ reason });
export const shelveIn = z.strictObject({
  until: instantIn.optional().describe("At most 8 h ahead; P0 at most 1 h"),
  duration_ms: z.int().positive().optional().describe("In place of `until`"),
  reason: text(500).min(1),
});
export const assignIn = z.strictObject({ assignee: text(100).nullable(), reason });
