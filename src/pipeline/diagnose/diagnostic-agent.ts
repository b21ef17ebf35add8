import type { Clock } from "../../kernel/clock.ts";
import { crashPoint } from "../../kernel/crash-point.ts";
import { asIaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { createWakeUp } from "../../kernel/wake-up.ts";
import { compareSeverity } from "../../model/alarm.ts";
import type { DeviceId, Ms } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import type { WorkOrder } from "../../model/work-order.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import {
  type ClaimedAlert,
  claimAlerts,
  countUndiagnosed,
  releaseClaim,
  requireClaim,
} from "./alert-claims.ts";
import { type ModelTrace, noModelTrace } from "./ask-language-model.ts";
import { type DiagnoseDeps, diagnoseAlert, isOnlyGrouped } from "./diagnose-alert.ts";
import type { KnowledgeBase } from "./knowledge/knowledge-base.ts";
import { createPlantTime } from "./number-format.ts";
import type { ReportBody } from "./report-writer.ts";
import { minimalReport } from "./short-reports.ts";

export interface DiagnosticAgentConfig {
  /** Alerts diagnosed at one time. */
  readonly concurrency: number;
  /** A claim whose holder does not finish in this time is taken over. */
  readonly leaseMs: Ms;
  /** Longest wait for all evidence together. */
  readonly evidenceTimeoutMs: Ms;
  /** Attempts before the minimal report is written. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; doubles with each. */
  readonly retryMs: Ms;
  /** How often it looks for alerts without being woken. */
  readonly pollMs: Ms;
  readonly languageModelDeadlineMs: Ms;
  /** IANA name: the clock of the report's texts. */
  readonly timeZone: string;
}

export const defaultDiagnosticAgentConfig: DiagnosticAgentConfig = {
  concurrency: 4,
  leaseMs: 60_000,
  evidenceTimeoutMs: 2_000,
  maxAttempts: 3,
  retryMs: 1_000,
  pollMs: 1_000,
  languageModelDeadlineMs: 16_000,
  timeZone: "UTC",
};

/** A diagnosis that was stored. */
export interface DiagnosisDone {
  readonly alert: AlertRow;
  readonly report: DiagnosisReport;
  readonly order: WorkOrder | null;
}

export interface DiagnosticAgentDeps {
  readonly records: RecordStore;
  readonly telemetry: TelemetryStore;
  readonly languageModel: LanguageModel;
  readonly knowledge: Pick<KnowledgeBase, "search">;
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
  /** Decides on the work order inside the transaction that stores the report. */
  readonly decide: (
    tx: RecordTransaction,
    alert: AlertRow,
    report: DiagnosisReport,
  ) => Promise<WorkOrder | null>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Called after the commit. */
  readonly onChange: (done: DiagnosisDone) => void;
  readonly config: DiagnosticAgentConfig;
}

/**
 * Ends every alert in exactly one diagnosis: claim with lease and fencing token (E), evidence, rules, check, then
 * report, order and status in one transaction (F). A crash anywhere repeats the work and never its effect.
 */
export interface DiagnosticAgent {
  /** Diagnoses until `signal` aborts; what has begun is finished. */
  run(signal: AbortSignal): Promise<void>;
  /** Says that there may be new alerts. */
  wake(): void;
  /** Alerts without their diagnosis. */
  pending(): Promise<number>;
}

export function createDiagnosticAgent(deps: DiagnosticAgentDeps): DiagnosticAgent {
  const { records, clock, config } = deps;
  const wakeUp = createWakeUp(clock);
  const diagnoseDeps: DiagnoseDeps = {
    ...deps,
    timeoutMs: config.evidenceTimeoutMs,
    languageModelDeadlineMs: config.languageModelDeadlineMs,
    time: createPlantTime(config.timeZone),
  };
  const claim = async (limit: number): Promise<readonly ClaimedAlert[]> => {
    try {
      return await claimAlerts(records, { now: clock.now(), limit, leaseMs: config.leaseMs });
    } catch (failure) {
      deps.log.warn("diagnosis.claim.failed", { error: String(failure) });
      return [];
    }
  };
  /** True: an alert may wait that the last look did not claim. */
  let mayBeMore = true;
  return {
    run: async (signal) => {
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        const free = config.concurrency - running.size;
        if (mayBeMore && free > 0) {
          mayBeMore = false;
          const claimed = await claim(free);
          mayBeMore ||= claimed.length === free;
          for (const alert of claimed) {
            const work = handle(alert, { deps, diagnoseDeps, signal }).then((isAgain) => {
              running.delete(work);
              mayBeMore ||= isAgain;
              if (mayBeMore) wakeUp.wake();
            });
            running.add(work);
          }
          if (mayBeMore && running.size < config.concurrency) continue;
        }
        const until = clock.monotonic() + config.pollMs;
        await wakeUp.wait(config.pollMs, signal);
        mayBeMore ||= clock.monotonic() >= until;
      }
      await Promise.all(running);
    },
    wake: () => {
      mayBeMore = true;
      wakeUp.wake();
    },
    pending: () => countUndiagnosed(records),
  };
}

interface Handling {
  readonly deps: DiagnosticAgentDeps;
  readonly diagnoseDeps: DiagnoseDeps;
  readonly signal: AbortSignal;
}

/** Diagnoses one claimed alert; never rejects: a failure is given back. True: it is to be diagnosed again now. */
async function handle(claimed: ClaimedAlert, handling: Handling): Promise<boolean> {
  const { deps, diagnoseDeps, signal } = handling;
  const { clock, log, config } = deps;
  const { traceId, attempts, lastError } = claimed.alert;
  const startedAt = clock.monotonic();
  try {
    const body =
      attempts > config.maxAttempts
        ? { ...minimalReport(claimed.alert, lastError ?? "interrupted"), ...noModelTrace }
        : await diagnoseAlert(claimed.alert, diagnoseDeps, signal);
    crashPoint("F.before");
    const done = await storeDiagnosis(deps, claimed, { body, startedAt });
    crashPoint("F.after");
    log.info("diagnosis.completed", {
      traceId,
      category: done.report.faultCategory,
      revision: done.report.revision,
      orderNo: done.order?.orderNo ?? null,
    });
    deps.onChange(done);
    return done.alert.status === "PENDING";
  } catch (failure) {
    await giveBack(deps, claimed, failure);
    return false;
  }
}

async function giveBack(
  deps: DiagnosticAgentDeps,
  claimed: ClaimedAlert,
  failure: unknown,
): Promise<void> {
  const { traceId, attempts } = claimed.alert;
  const { code, message } = asIaiError(failure, "diagnose an alarm");
  deps.log.warn("diagnosis.failed", { traceId, attempts, code, error: message });
  if (code === "FENCED") return;
  const now = deps.clock.now();
  const nextAttemptAt = now + deps.config.retryMs * 2 ** Math.min(attempts - 1, 10);
  try {
    await releaseClaim(deps.records, claimed, { error: message, now, nextAttemptAt });
  } catch (cause) {
    // The lease ends by itself and the alert is claimed again.
    deps.log.warn("diagnosis.release.failed", { traceId, error: String(cause) });
  }
}

/** Report, order, status and history in one transaction (commit point F), guarded by the fencing token. */
function storeDiagnosis(
  deps: DiagnosticAgentDeps,
  claimed: ClaimedAlert,
  given: { readonly body: ReportBody & ModelTrace; readonly startedAt: Ms },
): Promise<DiagnosisDone> {
  const { traceId, alertLevel } = claimed.alert;
  return deps.records.transaction(async (tx) => {
    const row = await requireClaim(tx, claimed);
    const now = deps.clock.now();
    const previous = await tx.find("diagnosis_report", { traceId });
    const report: DiagnosisReport = {
      ...given.body,
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
