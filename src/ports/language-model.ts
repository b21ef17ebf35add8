import type { Ms } from "../model/basics.ts";

export interface LanguageModelRequest {
  readonly system: string;
  readonly user: string;
  /** JSON Schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly deadlineMs: Ms;
}

export interface LanguageModelAnswer {
  readonly json: unknown;
  readonly model: string;
  readonly tokensUsed: number;
}

/**
 * A language model that answers in JSON.
 * - Never later than `deadlineMs`; a late answer is an error with code LLM_UNREACHABLE.
 * - `capabilities.available` false: none is configured, `complete` throws LLM_NONE, and that is a normal way to run.
 */
export interface LanguageModel {
  readonly capabilities: { readonly available: boolean; readonly model: string | null };
  complete(request: LanguageModelRequest, signal: AbortSignal): Promise<LanguageModelAnswer>;
  close(): Promise<void>;
}
