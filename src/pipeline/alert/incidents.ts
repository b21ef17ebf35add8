import { hashText } from "../../kernel/hash.ts";
import { type EpochMs, SECOND } from "../../model/basics.ts";
import type { AlertRow, IncidentRow } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

/** Alarms of one line that begin within this time of each other belong together. */
export const INCIDENT_WINDOW_MS = 30 * SECOND;
/** So many devices of a line make a storm. */
export const INCIDENT_DEVICES = 5;
/** Alarms that are looked at for one more; a larger storm has its incident long before. */
const NEIGHBOURS_MAX = 200;

/** Only silence: more likely the way to the devices than the devices. */
const silence = "no_data";

/**
 * Puts a new alarm into the storm it belongs to, in event time: that of an alarm of its line within 30 s, or a new
 * one when it is the fifth device. Grouping changes presentation only: nobody is told less. Returns the alarm.
 */
export async function joinIncident(
  tx: RecordTransaction,
  alert: AlertRow,
  now: EpochMs,
): Promise<AlertRow> {
  if (alert.lineId === "") return alert;
  const around = {
    factoryId: alert.factoryId,
    lineId: alert.lineId,
    openedAt: {
      gte: alert.openedAt - INCIDENT_WINDOW_MS,
      lte: alert.openedAt + INCIDENT_WINDOW_MS,
    },
  };
  // Most alarms come alone: counting is all they cost.
  const near = await tx.count("alert_log", { where: around });
  if (near === 1) return alert;
  const [member] = await tx.list("alert_log", {
    where: { ...around, incidentId: { not: null } },
    orderBy: [["openedAt", "asc"]],
    limit: 1,
  });
  const known = member?.incidentId ?? null;
  if (known !== null) {
    await tx.update("alert_log", { traceId: alert.traceId }, { incidentId: known });
    await widen(tx, known, alert, now);
    return { ...alert, incidentId: known };
  }
  if (near < INCIDENT_DEVICES) return alert;
  const neighbours = await tx.list("alert_log", {
    where: around,
    orderBy: [
      ["openedAt", "asc"],
      ["traceId", "asc"],
    ],
    limit: NEIGHBOURS_MAX,
  });
  if (new Set(neighbours.map((row) => row.deviceId)).size < INCIDENT_DEVICES) return alert;
  const incidentId = await openIncident(tx, neighbours, now);
  for (const { traceId } of neighbours) await tx.update("alert_log", { traceId }, { incidentId });
  return { ...alert, incidentId };
}

/** Its id is that of its first-out alarm's: whoever makes it again makes the same. */
async function openIncident(
  tx: RecordTransaction,
  members: readonly AlertRow[],
  now: EpochMs,
): Promise<string> {
  const [first] = members;
  if (first === undefined) throw new TypeError("a storm has alarms");
  const { factoryId, lineId, traceId: firstOutTraceId, openedAt } = first;
  const incidentId = hashText(`incident\n${firstOutTraceId}`);
  const isSilence = members.every(({ alertType }) => alertType === silence);
  const incident: IncidentRow = {
    incidentId,
    kind: isSilence ? "communication_loss" : "process_upset",
    factoryId,
    lineId,
    firstOutTraceId,
    openedAt,
    lastAt: members.at(-1)?.openedAt ?? openedAt,
    createdAt: now,
    updatedAt: now,
  };
  await tx.insert("incident", incident);
  return incidentId;
}

/** A later alarm moves its end; one that began earlier becomes its first-out; one that is no silence its kind. */
async function widen(
  tx: RecordTransaction,
  incidentId: string,
  { traceId, openedAt, alertType }: AlertRow,
  now: EpochMs,
): Promise<void> {
  const incident = await tx.find("incident", { incidentId });
  if (incident === null) return;
  const earlier = openedAt < incident.openedAt;
  const patch: Partial<IncidentRow> = {
    lastAt: Math.max(incident.lastAt, openedAt),
    ...(alertType === silence ? {} : { kind: "process_upset" as const }),
    ...(earlier ? { openedAt, firstOutTraceId: traceId } : {}),
    updatedAt: now,
  };
  await tx.update("incident", { incidentId }, patch);
}
