import type { Ms } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import { askLanguageModel, type ModelTrace, noModelTrace } from "./ask-language-model.ts";
import { buildLedger, withKnowledge } from "./evidence-ledger.ts";
import { type EvidenceDeps, fetchEvidence } from "./evidence-sources.ts";
import type { PlantTime } from "./number-format.ts";
import { quotableTexts, type ReportBody, writeReport } from "./report-writer.ts";
import { rankHypotheses } from "./rule-engine/rule-engine.ts";
import { groupedReport } from "./short-reports.ts";

export interface DiagnoseDeps extends EvidenceDeps {
  readonly languageModel: LanguageModel;
  readonly languageModelDeadlineMs: Ms;
  readonly time: PlantTime;
}

/** Evidence, rules, report, check: everything about one alert short of storing it. */
export async function diagnoseAlert(
  alert: AlertRow,
  deps: DiagnoseDeps,
  signal: AbortSignal,
): Promise<ReportBody & ModelTrace> {
  if (isOnlyGrouped(alert)) return { ...(await pointToFirst(alert, deps)), ...noModelTrace };
  const sources = await fetchEvidence(alert, deps);
  const facts = buildLedger(sources, deps.time);
  const answer = rankHypotheses(facts, alert);
  const ledger = withKnowledge(
    facts,
    answer.hypotheses.flatMap((hypothesis) => hypothesis.kbIds),
  );
  const body = writeReport({ alert, ledger, answer }, deps.time);
  const { languageModel: model } = deps;
  if (!model.capabilities.available) return { ...body, ...noModelTrace };
  const context = {
    evidence: ledger.evidence,
    quotable: quotableTexts(alert, ledger, answer),
    time: deps.time,
  };
  const deadlineMs = deps.languageModelDeadlineMs;
  return askLanguageModel(model, { body, context, priority: alert.alertLevel, deadlineMs }, signal);
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
