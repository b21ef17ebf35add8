import type { Ms } from "../../model/basics.ts";
import type { Addendum, AgentStep, AgentTrace, DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import type { ProposeIntent } from "../../model/structured-diagnosis.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import { plainTrace } from "./agent/agent-trace.ts";
import { type AskingDeps, askInTime } from "./agent/ask-in-time.ts";
import { conclude } from "./agent/conclude.ts";
import { recordSteps, type StepRecorder } from "./agent/step-recorder.ts";
import { buildLedger, type EvidenceLedger, withKnowledge } from "./evidence-ledger.ts";
import { type EvidenceDeps, type EvidenceSources, fetchEvidence } from "./evidence-sources.ts";
import type { PlantTime } from "./number-format.ts";
import { type ReportBody, writeReport } from "./report-writer.ts";
import type { CauseWeights } from "./rule-engine/cause-weights.ts";
import { type RuleAnswer, rankHypotheses } from "./rule-engine/rule-engine.ts";
import { groupedReport } from "./short-reports.ts";

/** Bounds of what a language model may cost a diagnosis. */
export interface AgentLimits {
  /** Longest wait for its findings. */
  readonly diagnosisMs: Ms;
  /** Longest wait for its proposal of an order. */
  readonly decisionMs: Ms;
  /** From the alert: then the report leaves, whatever the model does. */
  readonly hardStopMs: Ms;
  readonly toolCallsMax: number;
  /** How much longer an answer that missed its time is waited for, to stand beside the report; 0: not. */
  readonly lateMs: Ms;
}

export interface DiagnoseDeps extends EvidenceDeps {
  readonly languageModel: LanguageModel;
  readonly limits: AgentLimits;
  /** null: no agent proposes; policy decides alone. */
  readonly propose: ProposeIntent | null;
  readonly time: PlantTime;
  /** What the close-outs of a type of device say about causes; absent: every cause counts as it is. */
  readonly causeWeights?: (deviceType: string) => CauseWeights;
  /** Told of each step while it runs; must not throw. */
  readonly onStep: (alert: AlertRow, step: AgentStep) => void;
  /** Runs what needs the plant's stores; only so many at one time. */
  readonly inTurn: <R>(work: () => Promise<R>) => Promise<R>;
  /** A place for one who is late; null: all are taken. */
  readonly takeLatePlace: () => (() => void) | null;
}

/** What a language model added to a report; all null and 0 where none was asked. */
export type ModelTrace = Pick<
  DiagnosisReport,
  "llmModel" | "tokensUsed" | "promptHash" | "modelHash"
>;

export const noModelTrace: ModelTrace = {
  llmModel: null,
  tokensUsed: 0,
  promptHash: null,
  modelHash: null,
};

export type DiagnosedBody = ReportBody & ModelTrace & { readonly agent: AgentTrace };

export interface Diagnosed {
  readonly body: DiagnosedBody;
  /** What the model finds after its time was up; null: nothing is to be waited for. */
  readonly late: Promise<Omit<Addendum, "at" | "revision"> | null> | null;
}

/** What is held from the start: the rules' answer, complete by itself. */
export interface Prepared {
  readonly alert: AlertRow;
  readonly sources: EvidenceSources;
  readonly ledger: EvidenceLedger;
  readonly answer: RuleAnswer;
  readonly body: ReportBody;
  readonly steps: StepRecorder;
}

/** Evidence, rules, report, model, check: everything about one alert short of storing it. */
export async function diagnoseAlert(
  alert: AlertRow,
  deps: DiagnoseDeps,
  signal: AbortSignal,
): Promise<Diagnosed> {
  const hardStopAt = deps.clock.monotonic() + timeLeft(alert, deps);
  const steps = recordSteps(deps.clock, (step) => deps.onStep(alert, step));
  if (isOnlyGrouped(alert)) {
    const body = await deps.inTurn(() => pointToFirst(alert, deps));
    return { body: { ...body, ...noModelTrace, agent: plainTrace(steps) }, late: null };
  }
  const prepared = await deps.inTurn(() => prepare(alert, deps, steps));
  if (!deps.languageModel.capabilities.available) {
    return { body: { ...prepared.body, ...noModelTrace, agent: plainTrace(steps) }, late: null };
  }
  const asking: AskingDeps = { ...deps, hardStopAt };
  // What has failed before is not tried again with the model: it may have been the model.
  if (alert.attempts > 1) return withoutModel(prepared, "AGENT_ATTEMPT_REPEATED");
  const asked = await askInTime(prepared, asking, signal);
  if (asked.investigated === null) {
    return { ...withoutModel(prepared, asked.reason), late: asked.late };
  }
  return {
    body: await conclude(prepared, asked.investigated, { deps: asking, signal }),
    late: null,
  };
}

function withoutModel(prepared: Prepared, reason: string): Diagnosed {
  prepared.steps.add({ kind: "fallback", reason });
  const body = {
    ...prepared.body,
    ...noModelTrace,
    degraded: true,
    degradedReason: prepared.body.degradedReason ?? reason,
    agent: plainTrace(prepared.steps),
  };
  return { body, late: null };
}

/** The alert waits since it was raised, or since it became worse. */
function timeLeft(alert: AlertRow, { clock, limits }: DiagnoseDeps): Ms {
  const since = Math.max(alert.createdAt, alert.nextAttemptAt);
  return limits.hardStopMs - Math.max(0, clock.now() - since);
}

/** The evidence about an alarm and what the rules make of it. */
export async function prepare(
  alert: AlertRow,
  deps: EvidenceDeps & Pick<DiagnoseDeps, "time" | "causeWeights">,
  steps: StepRecorder,
): Promise<Prepared> {
  const sources = await fetchEvidence(alert, deps);
  const facts = buildLedger(sources, deps.time);
  const found = facts.evidence.map(({ id }) => id);
  steps.add({ kind: "evidence", evidence: found, missing: facts.missing.length });
  const device = sources.status.ok ? sources.status.value.device : null;
  const weights = deps.causeWeights?.(device?.deviceType ?? "");
  const answer = rankHypotheses(facts, alert, weights);
  steps.add({ kind: "rules", category: answer.category });
  const ledger = withKnowledge(
    facts,
    answer.hypotheses.flatMap((hypothesis) => hypothesis.kbIds),
  );
  const body = writeReport({ alert, ledger, answer }, deps.time);
  const { checkedNumbers: numbers, violations } = body.grounding;
  steps.add({ kind: "checked", numbers, struck: violations.length });
  return { alert, sources, ledger, answer, body, steps };
}

/** A burst shares one story; a P0 inside it still gets its own. */
export function isOnlyGrouped(
  alert: AlertRow,
): alert is AlertRow & { readonly groupTraceId: string } {
  return alert.groupTraceId !== null && alert.alertLevel !== "P0";
}

async function pointToFirst(
  alert: AlertRow & { readonly groupTraceId: string },
  deps: DiagnoseDeps,
): Promise<ReportBody> {
  const traceId = alert.groupTraceId;
  const report = await deps.records.read((tx) => tx.find("diagnosis_report", { traceId }));
  return groupedReport(alert, { traceId, report });
}
