import { z } from "zod";
import type { DiagnosisReport, Evidence, Hypothesis } from "../model/diagnosis.ts";
import { bilingual, faultCategorySchema, instantOut, type Language, toIso } from "./basics.ts";

const cited = z.array(z.object({ evidence: z.string(), text: bilingual }));

export const hypothesisOut = z
  .object({
    category: faultCategorySchema,
    title: bilingual,
    score: z.number().describe("0–1, computed from the evidence"),
    for: cited,
    against: cited,
    missing: z.array(bilingual),
    next_check: bilingual.nullable().describe("The cheapest check that would decide"),
    kb_ids: z.array(z.string()),
  })
  .meta({ id: "Hypothesis" });

export const evidenceOut = z
  .object({
    id: z.string().describe("E1, E2, …"),
    kind: z.string(),
    metric: z.string().nullable(),
    value: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
    unit: z.string().nullable(),
    window: z.object({ from: instantOut, to: instantOut }).nullable(),
    query: z.string(),
    text: bilingual,
  })
  .meta({ id: "Evidence" });

const reportTexts = z.object({
  diagnosis_text: z.string(),
  decision_text: z.string(),
  recommended_action: z.string(),
});

/** Texts at the top level are in the language asked for (`lang`); `i18n` has both. */
export const reportOut = z
  .object({
    trace_id: z.string(),
    device_id: z.string(),
    ...reportTexts.shape,
    i18n: z.object({ zh: reportTexts, en: reportTexts }),
    fault_category: faultCategorySchema,
    severity: z.enum(["CRITICAL", "HIGH", "MEDIUM", "LOW"]),
    plan: z
      .object({
        steps: z.array(bilingual),
        parts: z.array(z.string()),
        estimated_hours: z.number().nullable(),
      })
      .describe("What to do about the likeliest cause"),
    hypotheses: z.array(hypothesisOut).describe("Likeliest first"),
    evidence: z.array(evidenceOut),
    grounding: z.object({
      checked_numbers: z.int(),
      violations: z.array(z.object({ text: z.string(), reason: z.string() })),
    }),
    source: z.enum(["llm", "rules"]),
    degraded: z.boolean(),
    degraded_reason: z.string().nullable(),
    confidence: z.number().describe("0–1, computed, never the model's own"),
    revision: z.int(),
    llm_model: z.string().nullable(),
    tokens_used: z.int(),
    latency_ms: z.number(),
    prompt_hash: z.string().nullable(),
    model_hash: z.string().nullable(),
    created_at: instantOut,
  })
  .meta({ id: "DiagnosisReport" });

export type ReportOut = z.infer<typeof reportOut>;

export function reportToWire(report: DiagnosisReport, language: Language): ReportOut {
  const texts = (lang: Language) => ({
    diagnosis_text: report.diagnosisText[lang],
    decision_text: report.decisionText[lang],
    recommended_action: report.recommendedAction[lang],
  });
  return {
    trace_id: report.traceId,
    device_id: report.deviceId,
    ...texts(language),
    i18n: { zh: texts("zh"), en: texts("en") },
    fault_category: report.faultCategory,
    severity: report.severity,
    plan: {
      steps: [...report.plan.steps],
      parts: [...report.plan.parts],
      estimated_hours: report.plan.estimatedHours,
    },
    hypotheses: report.hypotheses.map(hypothesisToWire),
    evidence: report.evidence.map(evidenceToWire),
    grounding: {
      checked_numbers: report.grounding.checkedNumbers,
      violations: report.grounding.violations.map((violation) => ({ ...violation })),
    },
    source: report.source,
    degraded: report.degraded,
    degraded_reason: report.degradedReason,
    confidence: report.confidence,
    revision: report.revision,
    llm_model: report.llmModel,
    tokens_used: report.tokensUsed,
    latency_ms: report.latencyMs,
    prompt_hash: report.promptHash,
    model_hash: report.modelHash,
    created_at: toIso(report.createdAt),
  };
}

function hypothesisToWire(hypothesis: Hypothesis): z.infer<typeof hypothesisOut> {
  return {
    category: hypothesis.category,
    title: hypothesis.title,
    score: hypothesis.score,
    for: [...hypothesis.for],
    against: [...hypothesis.against],
    missing: [...hypothesis.missing],
    next_check: hypothesis.nextCheck,
    kb_ids: [...hypothesis.kbIds],
  };
}

function evidenceToWire(evidence: Evidence): z.infer<typeof evidenceOut> {
  const { window } = evidence;
  return {
    id: evidence.id,
    kind: evidence.kind,
    metric: evidence.metric,
    value: evidence.value,
    unit: evidence.unit,
    window: window === null ? null : { from: toIso(window.from), to: toIso(window.to) },
    query: evidence.query,
    text: evidence.text,
  };
}
