import { z } from "zod";
import { compareSeverity, isAcknowledged, isActive, type Severity } from "../model/alarm.ts";
import type { AlertRow, IncidentRow } from "../model/records.ts";
import { instantOut, severitySchema, toIso } from "./basics.ts";

/** An alarm storm with what stands behind it now. */
export const incidentOut = z
  .object({
    incident_id: z.string(),
    kind: z
      .enum(["communication_loss", "process_upset"])
      .describe("communication_loss: nothing but silence, look at the gateway first"),
    factory_id: z.string(),
    line_id: z.string(),
    opened_at: instantOut,
    last_at: instantOut.describe("When the newest of its alarms came"),
    active: z.boolean().describe("True while one of its alarms is"),
    severity: severitySchema.describe("Of its worst alarm now"),
    alarms: z.int(),
    active_alarms: z.int(),
    unacknowledged: z.int(),
    device_ids: z.array(z.string()),
    first_out: z
      .object({
        trace_id: z.string(),
        device_id: z.string(),
        condition: z.string(),
        opened_at: instantOut,
      })
      .nullable()
      .describe("The alarm that came first; null: it is outside of what you may see"),
    trace_ids: z.array(z.string()).describe("Its alarms, in the order in which they came"),
  })
  .meta({ id: "Incident" });

/** `members` in the order in which they came. */
export function incidentToWire(
  incident: IncidentRow,
  members: readonly AlertRow[],
): z.infer<typeof incidentOut> {
  const active = members.filter((row) => isActive(row.alarmState));
  const first = members.find((row) => row.traceId === incident.firstOutTraceId);
  return {
    incident_id: incident.incidentId,
    kind: incident.kind,
    factory_id: incident.factoryId,
    line_id: incident.lineId,
    opened_at: toIso(incident.openedAt),
    last_at: toIso(incident.lastAt),
    active: active.length > 0,
    severity: worstOf(active.length > 0 ? active : members),
    alarms: members.length,
    active_alarms: active.length,
    unacknowledged: members.filter((row) => !isAcknowledged(row.alarmState)).length,
    device_ids: [...new Set(members.map((row) => row.deviceId))],
    first_out:
      first === undefined
        ? null
        : {
            trace_id: first.traceId,
            device_id: first.deviceId,
            condition: first.alertType,
            opened_at: toIso(first.openedAt),
          },
    trace_ids: members.map((row) => row.traceId),
  };
}

function worstOf(rows: readonly AlertRow[]): Severity {
  return rows.map((row) => row.alertLevel).sort(compareSeverity)[0] ?? "P3";
}
