import { z } from "zod";
import { type Answer, answerOutcomes } from "../model/question.ts";
import { identifier } from "./basics.ts";
import {
  agentStepOut,
  agentStepToWire,
  evidenceOut,
  evidenceToWire,
  groundingOut,
  groundingToWire,
} from "./report.ts";

/** Longest question, in characters. */
export const QUESTION_MAX = 1_000;

/** One question about one device or one alarm. */
export const questionIn = z
  .strictObject({
    question: z.string().trim().min(1).max(QUESTION_MAX).describe("In Chinese or English"),
    device_id: identifier.optional().describe("What it is about; this or trace_id"),
    trace_id: identifier.optional().describe("The alarm it is about; this or device_id"),
    language: z
      .enum(["zh", "en"])
      .optional()
      .describe("Of the answer; without it that of the question"),
  })
  .refine(
    ({ device_id, trace_id }) => (device_id === undefined) !== (trace_id === undefined),
    "name either device_id or trace_id",
  )
  .meta({ id: "Question" });

export const answerOut = z
  .object({
    device_id: z.string(),
    trace_id: z.string().nullable(),
    language: z.enum(["zh", "en"]),
    outcome: z
      .enum(answerOutcomes)
      .describe(
        "answered; refused: outside the plant's data; unproven: no sentence held; facts: no language model answered",
      ),
    reason: z
      .string()
      .nullable()
      .describe("Why no language model's answer stands, e.g. LLM_NONE or AGENT_TIME_UP"),
    text: z.string().describe("What stands, with citations like [E1]"),
    sentences: z
      .array(z.object({ text: z.string(), struck: z.string().nullable() }))
      .describe("In the order in which they were said; struck: why one does not stand"),
    evidence: z.array(evidenceOut),
    grounding: groundingOut,
    steps: z.array(agentStepOut),
    tool_calls: z.int(),
    tool_errors: z.int().describe("Calls that were refused"),
    llm_model: z.string().nullable(),
    tokens_used: z.int(),
    latency_ms: z.int(),
  })
  .meta({ id: "Answer" });

export type AnswerOut = z.infer<typeof answerOut>;

export function answerToWire(answer: Answer): AnswerOut {
  return {
    device_id: answer.deviceId,
    trace_id: answer.traceId,
    language: answer.language,
    outcome: answer.outcome,
    reason: answer.reason,
    text: answer.text,
    sentences: answer.sentences.map(({ text, struck }) => ({ text, struck })),
    evidence: answer.evidence.map(evidenceToWire),
    grounding: groundingToWire(answer.grounding),
    steps: answer.steps.map(agentStepToWire),
    tool_calls: answer.toolCalls,
    tool_errors: answer.toolErrors,
    llm_model: answer.model,
    tokens_used: answer.tokensUsed,
    latency_ms: answer.latencyMs,
  };
}
