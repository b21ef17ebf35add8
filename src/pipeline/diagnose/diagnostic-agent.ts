import type { Clock } from "../../kernel/clock.ts";
import { crashPoint } from "../../kernel/crash-point.ts";
import { asIaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { createTurns } from "../../kernel/turns.ts";
import { createWakeUp } from "../../kernel/wake-up.ts";
import type { DeviceId, Ms } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { AgentStep, DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import type { ProposeIntent } from "../../model/structured-diagnosis.ts";
import type { WorkOrder } from "../../model/work-order.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { type AgentCounters, countReports } from "./agent/agent-counters.ts";
import { plainTrace } from "./agent/agent-trace.ts";
import { createLatePlaces, type LatePlaces } from "./agent/late-places.ts";
import { recordSteps } from "./agent/step-recorder.ts";
import { type ClaimedAlert, claimAlerts, countUndiagnosed, releaseClaim } from "./alert-claims.ts";
import {
  type AgentLimits,
  type DiagnoseDeps,
  type Diagnosed,
  diagnoseAlert,
  noModelTrace,
} from "./diagnose-alert.ts";
import type { KnowledgeBase } from "./knowledge/knowledge-base.ts";
import { createPlantTime } from "./number-format.ts";
import { minimalReport } from "./short-reports.ts";
import { attachAddendum, storeDiagnosis } from "./store-diagnosis.ts";

export interface DiagnosticAgentConfig {
  /** Alerts whose evidence is gathered or whose report is stored at one time. */
  readonly concurrency: number;
  /** Alerts that may wait for a language model at one time; the model's own limits order them. */
  readonly waitingForModel: number;
  /** Answers that may be waited for after their report has left. */
  readonly latePlaces: number;
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
  readonly limits: AgentLimits;
  /** IANA name: the clock of the report's texts. */
  readonly timeZone: string;
}

export const defaultDiagnosticAgentConfig: DiagnosticAgentConfig = {
  concurrency: 4,
  waitingForModel: 64,
  latePlaces: 1,
  leaseMs: 60_000,
  evidenceTimeoutMs: 2_000,
  maxAttempts: 3,
  retryMs: 1_000,
  pollMs: 1_000,
  limits: {
    diagnosisMs: 16_000,
    decisionMs: 8_000,
    hardStopMs: 28_000,
    toolCallsMax: 8,
    lateMs: 20_000,
  },
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
  /** What the close-outs of a type of device say about causes; absent: every cause counts as it is. */
  readonly causeWeights?: NonNullable<DiagnoseDeps["causeWeights"]>;
  /** Decides on the work order inside the transaction that stores the report. */
  readonly decide: (
    tx: RecordTransaction,
    alert: AlertRow,
    report: DiagnosisReport,
  ) => Promise<WorkOrder | null>;
  /** The decision agent; null: policy decides alone. */
  readonly propose: ProposeIntent | null;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Called after the commit. */
  readonly onChange: (done: DiagnosisDone) => void;
  /** Called for each step while a diagnosis runs; must not throw. */
  readonly onStep: (alert: AlertRow, step: AgentStep) => void;
  /** Called after an addendum was stored beside a report. */
  readonly onAddendum: (alert: AlertRow, report: DiagnosisReport) => void;
  readonly config: DiagnosticAgentConfig;
}

/**
 * Ends every alert in exactly one diagnosis: claim with lease and fencing token (E), evidence, rules, model, check,
 * then report, order and status in one transaction (F). A crash anywhere repeats the work and never its effect.
 * Whatever a language model does, the report leaves before the hard stop; what comes later stands beside it.
 */
export interface DiagnosticAgent {
  /** Diagnoses until `signal` aborts; what has begun is finished. */
  run(signal: AbortSignal): Promise<void>;
  /** Says that there may be new alerts. */
  wake(): void;
  /** Alerts without their diagnosis. */
  pending(): Promise<number>;
  /** Of this process, since its start. */
  counters(): AgentCounters;
}

export function createDiagnosticAgent(deps: DiagnosticAgentDeps): DiagnosticAgent {
  const { records, clock, config } = deps;
  const wakeUp = createWakeUp(clock);
  const count = countReports();
  const late = createLatePlaces(config.latePlaces);
  const turns = createTurns({
    places: config.concurrency,
    // No more are claimed than may wait.
    waitingMax: config.concurrency + config.waitingForModel,
    action: "diagnose an alarm",
  });
  const diagnoseDeps: DiagnoseDeps = {
    ...deps,
    timeoutMs: config.evidenceTimeoutMs,
    limits: config.limits,
    time: createPlantTime(config.timeZone),
    inTurn: turns.use,
    takeLatePlace: late.take,
  };
  const claim = async (limit: number): Promise<readonly ClaimedAlert[]> => {
    try {
      return await claimAlerts(records, { now: clock.now(), limit, leaseMs: config.leaseMs });
    } catch (failure) {
      deps.log.warn("diagnosis.claim.failed", { error: String(failure) });
      return [];
    }
  };
  /** Those that wait for a model hold no place of those that work. */
  const most = (): number =>
    config.concurrency + (deps.languageModel.capabilities.available ? config.waitingForModel : 0);
  /** True: an alert may wait that the last look did not claim. */
  let mayBeMore = true;
  return {
    run: async (signal) => {
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        const free = most() - running.size;
        if (mayBeMore && free > 0) {
          mayBeMore = false;
          const claimed = await claim(free);
          mayBeMore ||= claimed.length === free;
          for (const alert of claimed) {
            const handling = { deps, diagnoseDeps, signal, count, late };
            const work = handle(alert, handling).then((isAgain) => {
              running.delete(work);
              mayBeMore ||= isAgain;
              if (mayBeMore) wakeUp.wake();
            });
            running.add(work);
          }
          if (mayBeMore && running.size < most()) continue;
        }
        const until = clock.monotonic() + config.pollMs;
        await wakeUp.wait(config.pollMs, signal);
        mayBeMore ||= clock.monotonic() >= until;
      }
      await Promise.all(running);
      await late.settled();
    },
    wake: () => {
      mayBeMore = true;
      wakeUp.wake();
    },
    pending: () => countUndiagnosed(records),
    counters: count.all,
  };
}

interface Handling {
  readonly deps: DiagnosticAgentDeps;
  readonly diagnoseDeps: DiagnoseDeps;
  readonly signal: AbortSignal;
  readonly count: ReturnType<typeof countReports>;
  readonly late: LatePlaces;
}

/** Diagnoses one claimed alert; never rejects: a failure is given back. True: it is to be diagnosed again now. */
async function handle(claimed: ClaimedAlert, handling: Handling): Promise<boolean> {
  const { deps, diagnoseDeps, signal, count } = handling;
  const { clock, log, config } = deps;
  const { traceId, attempts } = claimed.alert;
  const startedAt = clock.monotonic();
  try {
    const { body, late } =
      attempts > config.maxAttempts
        ? givenUp(claimed.alert, deps)
        : await diagnoseAlert(claimed.alert, diagnoseDeps, signal);
    const done = await diagnoseDeps.inTurn(async () => {
      crashPoint("F.before");
      const stored = await storeDiagnosis(deps, claimed, { body, startedAt });
      crashPoint("F.after");
      return stored;
    });
    count.report(done.report);
    log.info("diagnosis.completed", {
      traceId,
      category: done.report.faultCategory,
      revision: done.report.revision,
      orderNo: done.order?.orderNo ?? null,
    });
    deps.onChange(done);
    if (late !== null) handling.late.hold(attachLate(late, done, handling));
    return done.alert.status === "PENDING";
  } catch (failure) {
    await giveBack(deps, claimed, failure);
    return false;
  }
}

/** All attempts failed: little, but true. */
function givenUp(alert: AlertRow, deps: DiagnosticAgentDeps): Diagnosed {
  const reason = alert.lastError ?? "interrupted";
  const steps = recordSteps(deps.clock, (step) => deps.onStep(alert, step));
  steps.add({ kind: "fallback", reason: "AGENT_GIVEN_UP" });
  const body = { ...minimalReport(alert, reason), ...noModelTrace, agent: plainTrace(steps) };
  return { body, late: null };
}

/** Stores what came late beside its report; never rejects: the report stands without it. */
async function attachLate(
  late: NonNullable<Diagnosed["late"]>,
  { alert, report }: DiagnosisDone,
  { deps, count }: Handling,
): Promise<void> {
  try {
    const found = await late;
    if (found === null) return;
    const addendum = { ...found, at: deps.clock.now(), revision: report.revision };
    const stored = await attachAddendum(deps, alert.traceId, addendum);
    if (stored === null) return;
    count.addendum();
    deps.onAddendum(alert, stored);
  } catch (failure) {
    deps.log.warn("diagnosis.addendum.failed", { traceId: alert.traceId, error: String(failure) });
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
