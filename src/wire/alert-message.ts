import { z } from "zod";
import type { AlarmSnapshot } from "../model/alarm.ts";
import { alarmStates } from "./alert.ts";
import {
  instantOut,
  instantOutOrNull,
  numbersByMetric,
  severitySchema,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

/** An alarm as it leaves the plant in a message. */
export const alertMessageOut = z
  .object({
    trace_id: z.string(),
    device_id: z.string(),
    condition: z.string().describe("The condition that opened it"),
    severity: severitySchema,
    peak_severity: severitySchema,
    state: z.enum(alarmStates),
    unconfirmed: z.boolean().describe("Its values became bad: it neither holds nor clears"),
    occurrences: z.int(),
    opened_at: instantOut,
    cleared_at: instantOutOrNull,
    margin: z.number().nullable().describe("Share of the margin used up; 1: at the limit"),
    worst_metric: z.string().nullable(),
    timestamp: z
      .int()
      .nullable()
      .describe("Of the reading that raised it, ms since 1970; null: no reading did"),
    seq: z.int().nullable().describe("Of the reading that raised it"),
    values: numbersByMetric.describe("Of the reading that raised it, in the metrics' units"),
  })
  .meta({ id: "AlertMessage" });

export type AlertMessage = z.infer<typeof alertMessageOut>;

export function alertMessageToWire(alarm: AlarmSnapshot): AlertMessage {
  return {
    trace_id: alarm.traceId,
    device_id: alarm.deviceId,
    condition: alarm.condition,
    severity: alarm.severity,
    peak_severity: alarm.peakSeverity,
    state: alarm.state,
    unconfirmed: alarm.unconfirmed,
    occurrences: alarm.occurrences,
    opened_at: toIso(alarm.openedAt),
    cleared_at: toIsoOrNull(alarm.clearedAt),
    margin: alarm.margin,
    worst_metric: alarm.worstMetric,
    timestamp: alarm.reading?.timestamp ?? null,
    seq: alarm.reading?.seq ?? null,
    values: alarm.reading?.values ?? {},
  };
}

/** A notification as a machine receives it: the alarm, what happened to it, and the sentence for people. */
export const notificationMessageOut = alertMessageOut
  .extend({
    notification_id: z.string().describe("The same at each attempt: a repeat is known by it"),
    kind: z.string().describe("raised, escalated, reopened, cleared, … or test"),
    at: instantOut.describe("When it happened"),
    device_name: z.string(),
    line_id: z.string(),
    title: z.string(),
    text: z.string(),
    link: z.string().nullable().describe("The alarm in the console"),
  })
  .meta({ id: "NotificationMessage" });

export type NotificationMessage = z.infer<typeof notificationMessageOut>;
