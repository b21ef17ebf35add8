import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import { compareSeverity } from "../../model/alarm.ts";
import type { Ms, TraceId } from "../../model/basics.ts";
import type { Addendum, DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import type { WorkOrder } from "../../model/work-order.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { type ClaimedAlert, requireClaim } from "./alert-claims.ts";
import { type DiagnosedBody, isOnlyGrouped } from "./diagnose-alert.ts";

export interface StoreDiagnosisDeps {
  readonly records: RecordStore;
  readonly decide: (
    tx: RecordTransaction,
    alert: AlertRow,
    report: DiagnosisReport,
  ) => Promise<WorkOrder | null>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What was stored. */
interface Stored {
  readonly alert: AlertRow;
  readonly report: DiagnosisReport;
  readonly order: WorkOrder | null;
}

/** Report, order, status and history in one transaction (commit point F), guarded by the fencing token. */
export function storeDiagnosis(
  deps: StoreDiagnosisDeps,
  claimed: ClaimedAlert,
  given: { readonly body: DiagnosedBody; readonly startedAt: Ms },
): Promise<Stored> {
  const { traceId, alertLevel } = claimed.alert;
  return deps.records.transaction(async (tx) => {
    const row = await requireClaim(tx, claimed);
    const now = deps.clock.now();
    const previous = await tx.find("diagnosis_report", { traceId });
    const report: DiagnosisReport = {
      ...given.body,
      // What came late to an earlier revision was somebody's finding all the same.
      agent: { ...given.body.agent, addenda: previous?.agent?.addenda ?? [] },
      revision: (previous?.revision ?? 0) + 1,
      latencyMs: Math.round(deps.clock.monotonic() - given.startedAt),
      createdAt: now,
    };
    if (previous === null) await tx.insert("diagnosis_report", report);
    else await tx.update("diagnosis_report", { traceId }, report);
    const order = isOnlyGrouped(row) ? null : await deps.decide(tx, row, report);
    // It became worse while it was diagnosed: this report stands and the next revision follows at once.
    const worse = compareSeverity(row.alertLevel, alertLevel) < 0;
    const patch = {
      status: worse ? "PENDING" : "COMPLETED",
      reportedLevel: alertLevel,
      attempts: 0,
      leaseUntil: null,
      lastError: null,
      nextAttemptAt: now,
      updatedAt: now,
    } as const;
    await tx.update("alert_log", { traceId, leaseToken: claimed.token }, patch);
    await tx.insert("history", {
      historyId: deps.ids.next(),
      subject: "alert",
      subjectId: traceId,
      at: now,
      actor: "diagnosis",
      action: "diagnosed",
      reason: null,
      detail: {
        revision: report.revision,
        category: report.faultCategory,
        orderNo: order?.orderNo ?? null,
      },
    });
    return { alert: { ...row, ...patch }, report, order };
  });
}

/** Addenda of one alarm; a machine that never rests must not grow a row without end. */
const ADDENDA_MAX = 5;

/**
 * Puts a late finding beside the report that it belongs to, and into the alarm's history. null: a newer revision
 * has taken the report's place, nothing was stored.
 */
export function attachAddendum(
  deps: StoreDiagnosisDeps,
  traceId: TraceId,
  addendum: Addendum,
): Promise<DiagnosisReport | null> {
  return deps.records.transaction(async (tx) => {
    const report = await tx.find("diagnosis_report", { traceId });
    if (report === null || report.agent === null) return null;
    if (report.revision !== addendum.revision) return null;
    const addenda = [...report.agent.addenda, addendum].slice(-ADDENDA_MAX);
    const agent = { ...report.agent, addenda };
    await tx.update("diagnosis_report", { traceId, revision: addendum.revision }, { agent });
    await tx.insert("history", {
      historyId: deps.ids.next(),
      subject: "alert",
      subjectId: traceId,
      at: addendum.at,
      actor: "diagnosis",
      action: "addendum",
      reason: null,
      detail: {
        revision: addendum.revision,
        category: addendum.faultCategory,
        agrees: addendum.agrees,
      },
    });
    return { ...report, agent };
  });
}
