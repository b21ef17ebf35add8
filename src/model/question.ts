import type { DeviceId, Ms, TraceId } from "./basics.ts";
import type { AgentStep, Evidence, Grounding } from "./diagnosis.ts";

export type QuestionLanguage = "zh" | "en";

/**
 * What became of a question.
 * - `answered`: at least one sentence holds against the evidence.
 * - `refused`: it lies outside the plant's data; a fixed sentence stands in place of an answer.
 * - `unproven`: an answer came, and no sentence of it held.
 * - `facts`: no language model answered; the facts and the rules speak for themselves.
 */
export type AnswerOutcome = "answered" | "refused" | "unproven" | "facts";

export const answerOutcomes: readonly AnswerOutcome[] = [
  "answered",
  "refused",
  "unproven",
  "facts",
];

export interface AnswerSentence {
  readonly text: string;
  /** Why it is struck; null: it stands. */
  readonly struck: string | null;
}

/** The answer to one question about a machine or an alarm. It changes nothing and is not kept. */
export interface Answer {
  readonly deviceId: DeviceId;
  /** null: the question was about the device. */
  readonly traceId: TraceId | null;
  readonly language: QuestionLanguage;
  readonly outcome: AnswerOutcome;
  /** Why no language model answered, as a code; null: one did, or the question was refused. */
  readonly reason: string | null;
  /** What stands, citations included. */
  readonly text: string;
  /** In the order in which they were said, the struck ones among them; empty where no model's words are shown. */
  readonly sentences: readonly AnswerSentence[];
  /** What the text cites. */
  readonly evidence: readonly Evidence[];
  readonly grounding: Grounding;
  readonly steps: readonly AgentStep[];
  readonly toolCalls: number;
  readonly toolErrors: number;
  readonly model: string | null;
  readonly tokensUsed: number;
  readonly latencyMs: Ms;
}
