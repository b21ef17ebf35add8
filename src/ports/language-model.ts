import type { Severity } from "../model/alarm.ts";
import type { Ms } from "../model/basics.ts";

/** A tool the model may ask for; the caller runs it. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ModelToolCall {
  readonly callId: string;
  readonly name: string;
  /** Arguments as the model gave them, unchecked. */
  readonly input: unknown;
}

/** One turn of a conversation. What stands in `user` and `tool` is data, never instructions. */
export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | {
      readonly role: "model";
      readonly text: string;
      /** Sent back as it came: some models want their own thoughts with the results of tools. */
      readonly reasoning: string | null;
      readonly toolCalls: readonly ModelToolCall[];
    }
  | {
      readonly role: "tool";
      readonly callId: string;
      readonly name: string;
      readonly json: unknown;
      readonly isError: boolean;
    };

export interface LanguageModelRequest {
  readonly system: string;
  /** Begins with a user's. */
  readonly messages: readonly ModelMessage[];
  /** Empty: the model has to answer. */
  readonly tools: readonly ModelTool[];
  /** JSON Schema of the answer; the adapter tells the model about it. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly maxOutputTokens: number;
  /** Who goes first where calls wait for each other. */
  readonly priority: Severity;
  /** From now, waiting and repeats included. */
  readonly deadlineMs: Ms;
}

export interface LanguageModelAnswer {
  readonly text: string;
  readonly reasoning: string | null;
  /** The text read as JSON, unchecked against the schema; undefined where it is none, or where tools are asked for. */
  readonly json: unknown;
  readonly toolCalls: readonly ModelToolCall[];
  /** As the model names itself, or as it was asked for. */
  readonly model: string;
  readonly tokensUsed: number;
}

/**
 * A language model, one turn at a time.
 * - Never later than `deadlineMs`; a late answer is an error with code LLM_UNREACHABLE. What can be repeated is
 *   repeated inside the deadline by the adapter, not by the caller.
 * - Calls beyond the account's limits wait by priority, and fail with their own code when budget or breaker say no.
 * - `capabilities.available` false: none is configured, `complete` throws LLM_NONE, and that is a normal way to run.
 */
export interface LanguageModel {
  readonly capabilities: { readonly available: boolean; readonly model: string | null };
  complete(request: LanguageModelRequest, signal: AbortSignal): Promise<LanguageModelAnswer>;
  close(): Promise<void>;
}
