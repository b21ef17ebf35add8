import { z } from "zod";
import { severities } from "../model/alarm.ts";
import type {
  AgentStep,
  AgentTrace,
  DiagnosisReport,
  Evidence,
  Grounding,
  Hypothesis,
} from "../model/diagnosis.ts";
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

export const agentStepOut = z
  .object({
    number: z.int(),
    at: instantOut,
    kind: z.enum([
      "evidence",
      "rules",
      "asked",
      "tool",
      "refused",
      "answered",
      "checked",
      "repair",
      "decided",
      "fallback",
    ]),
    text: bilingual,
    evidence: z.array(z.string()).describe("Ids of the facts that came with it"),
  })
  .meta({ id: "AgentStep" });

export const groundingOut = z.object({
  checked_numbers: z.int(),
  violations: z.array(z.object({ text: z.string(), reason: z.string() })),
});

const addendumOut = z
  .object({
    at: instantOut,
    revision: z.int().describe("Of the report it belongs to"),
    fault_category: faultCategorySchema,
    agrees: z.boolean().describe("With the report"),
    text: bilingual,
    evidence: z.array(evidenceOut).describe("What it cites beyond the report's own"),
    grounding: groundingOut,
    llm_model: z.string(),
  })
  .meta({ id: "Addendum" });

/** How the diagnosis came about. */
export const agentTraceOut = z
  .object({
    steps: z.array(agentStepOut),
    review: z
      .array(z.enum(["severity_disagreement", "category_disagreement", "sentences_struck"]))
      .describe("Why a person should look before trusting it; empty: nothing asks for it"),
    tool_calls: z.int(),
    tool_errors: z.int().describe("Calls that were refused"),
    intent: z
      .object({
        order_type: z.enum(["EMERGENCY", "PLANNED", "INSPECTION"]),
        priority: z.enum(severities),
        actions: z.array(z.string()),
        citations: z.array(z.string()),
      })
      .nullable()
      .describe("What the decision agent proposed; policy decided"),
    addenda: z.array(addendumOut).describe("What a language model found too late for the report"),
  })
  .meta({ id: "AgentTrace" });

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
    grounding: groundingOut,
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
    agent: agentTraceOut.nullable().describe("null: written before the course was kept"),
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
    grounding: groundingToWire(report.grounding),
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
    agent: report.agent === null ? null : agentTraceToWire(report.agent),
    created_at: toIso(report.createdAt),
  };
}

export function groundingToWire({
  checkedNumbers,
  violations,
}: Grounding): z.infer<typeof groundingOut> {
  return {
    checked_numbers: checkedNumbers,
    violations: violations.map((violation) => ({ ...violation })),
  };
}

export function agentStepToWire(step: AgentStep): z.infer<typeof agentStepOut> {
  return { ...step, at: toIso(step.at), evidence: [...step.evidence] };
}

function agentTraceToWire(agent: AgentTrace): z.infer<typeof agentTraceOut> {
  const { intent } = agent;
  return {
    steps: agent.steps.map(agentStepToWire),
    review: [...agent.review],
    tool_calls: agent.toolCalls,
    tool_errors: agent.toolErrors,
    intent:
      intent === null
        ? null
        : {
            order_type: intent.orderType,
            priority: intent.priority,
            actions: [...intent.actions],
            citations: [...intent.citations],
          },
    addenda: agent.addenda.map((addendum) => ({
      at: toIso(addendum.at),
      revision: addendum.revision,
      fault_category: addendum.faultCategory,
      agrees: addendum.agrees,
      text: addendum.diagnosisText,
      evidence: addendum.evidence.map(evidenceToWire),
      grounding: groundingToWire(addendum.grounding),
      llm_model: addendum.llmModel,
    })),
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

export function evidenceToWire(evidence: Evidence): z.infer<typeof evidenceOut> {
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
