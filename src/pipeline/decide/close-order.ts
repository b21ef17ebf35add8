import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import { isActive } from "../../model/alarm.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { DiagnosisReport, FaultSign, KnowledgeEntry } from "../../model/diagnosis.ts";
import type { AlertRow, WorkOrderRow } from "../../model/records.ts";
import type { Verdict } from "../../model/work-order.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

export interface Closing {
  readonly order: WorkOrderRow;
  readonly closing: {
    readonly principal: { readonly name: string };
    readonly reason: string | null;
    readonly verdict: Verdict;
  };
  readonly now: EpochMs;
  readonly ids: IdSource;
}

/**
 * Stores what people found: the verdict with the detectors and rules it judges, and, where the cause was not the
 * one predicted, a proposed knowledge entry. Throws REASON_REQUIRED while an alarm of the order is still active.
 */
export async function closeOrder(tx: RecordTransaction, given: Closing): Promise<void> {
  const { order, closing, now } = given;
  const alerts = await alertsOf(tx, order);
  const active = alerts.find((alert) => isActive(alert.alarmState));
  if (active !== undefined && (closing.reason ?? "").trim() === "") {
    throw new IaiError(
      "REASON_REQUIRED",
      `Cannot complete work order "${order.orderNo}" without a reason: alarm "${active.traceId}" is still active; nothing was changed`,
      { data: { traceId: active.traceId } },
    );
  }
  const report =
    order.traceId === null ? null : await tx.find("diagnosis_report", { traceId: order.traceId });
  const conditions = alerts.flatMap((alert) => alert.snapshot.conditions);
  await tx.insert("verdict", {
    orderNo: order.orderNo,
    traceId: order.traceId,
    deviceId: order.deviceId,
    at: now,
    actor: closing.principal.name,
    verdict: closing.verdict,
    detectors: unique(conditions.map((condition) => condition.detector)),
    ruleIds: unique(conditions.flatMap((condition) => condition.ruleId ?? [])),
    predicted: report?.faultCategory ?? null,
  });
  if (report !== null && isLesson(closing.verdict, report)) {
    await tx.insert("maintenance_kb", await proposedEntry(tx, { ...given, report }));
  }
}

async function alertsOf(tx: RecordTransaction, order: WorkOrderRow): Promise<readonly AlertRow[]> {
  const traceIds = [...(order.traceId === null ? [] : [order.traceId]), ...order.linkedTraceIds];
  if (traceIds.length === 0) return [];
  return tx.list("alert_log", { where: { traceId: { in: traceIds } } });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

/** A real fault that the rules did not name is worth remembering. */
function isLesson(verdict: Verdict, report: DiagnosisReport): boolean {
  if (verdict.alarm !== "right") return false;
  if (verdict.cause === "unknown" || verdict.cause === "no_fault") return false;
  return verdict.cause !== report.faultCategory;
}

/** What was seen and what it was, for a person to complete and to activate. */
async function proposedEntry(
  tx: RecordTransaction,
  given: Closing & { readonly report: DiagnosisReport },
): Promise<KnowledgeEntry> {
  const { order, closing, report, now, ids } = given;
  const device = await tx.find("device_registry", { deviceId: order.deviceId });
  const { cause, fix, note } = closing.verdict;
  return {
    kbId: `KB-${ids.next()}`,
    deviceType: device?.deviceType ?? "generic",
    category: cause,
    failureMode: "",
    failureMechanism: "",
    component: null,
    faultPattern: {
      zh: `${cause}（来自工单 ${order.orderNo}）`,
      en: `${cause} (from order ${order.orderNo})`,
    },
    symptoms: report.diagnosisText,
    rootCause: { zh: note, en: note },
    solution: { zh: fix, en: fix },
    prevention: { zh: "", en: "" },
    urgency: null,
    signs: signsOf(report),
    discriminators: [],
    checks: [],
    parts: [],
    estimatedHours: order.actualHours,
    source: "AI_GENERATED",
    reference: order.orderNo,
    licence: "",
    version: 1,
    status: "PROPOSED",
    supersededBy: null,
    shippedRevision: null,
    createdAt: now,
  };
}

const OBSERVED_STRENGTH = 0.8;
const STEADY_STRENGTH = 0.3;

function signsOf(report: DiagnosisReport): readonly FaultSign[] {
  return report.evidence.flatMap((evidence): readonly FaultSign[] => {
    const { kind, metric, value } = evidence;
    if (metric === null) return [];
    if (kind === "metric_steady")
      return [{ metric, direction: "steady", strength: STEADY_STRENGTH }];
    if (kind !== "metric_change") return [];
    const seen = [value["direction"], value["behaviour"]].find(isSign);
    return seen === undefined ? [] : [{ metric, direction: seen, strength: OBSERVED_STRENGTH }];
  });
}

function isSign(word: unknown): word is "up" | "down" | "noisy" | "stuck" {
  return word === "up" || word === "down" || word === "noisy" || word === "stuck";
}
