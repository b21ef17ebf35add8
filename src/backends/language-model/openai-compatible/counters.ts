import type { IaiError } from "../../../kernel/errors.ts";
import type { LanguageModelAnswer } from "../../../ports/language-model.ts";
import type { Tokens } from "./budget.ts";
import { meaningOf } from "./errors.ts";

/** What was asked and what came of it since the start. */
export interface ModelCounters {
  /** Questions by their end: `answered`, or why there was no answer. */
  readonly ends: Readonly<Record<string, number>>;
  /** Requests that left, repeats included. */
  readonly calls: number;
  readonly repeats: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly repairs: number;
}

/** Ends that are no meaning of an endpoint's answer. */
const ownEnds: Readonly<Record<string, string>> = {
  LLM_BUDGET: "budget",
  LLM_PAUSED: "paused",
  QUEUE_FULL: "queue_full",
  SHUTTING_DOWN: "stopping",
};

export function createCounters() {
  const ends: Record<string, number> = {};
  let calls = 0;
  let repeats = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let repairs = 0;
  const end = (name: string): void => {
    ends[name] = (ends[name] ?? 0) + 1;
  };
  return {
    called: () => {
      calls += 1;
    },
    repeated: () => {
      repeats += 1;
    },
    spent: ({ input, output }: Tokens, repaired: number) => {
      inputTokens += input;
      outputTokens += output;
      repairs += repaired;
    },
    answered: (answer: LanguageModelAnswer): LanguageModelAnswer => {
      end("answered");
      return answer;
    },
    failed: (failure: IaiError): IaiError => {
      end(ownEnds[failure.code] ?? meaningOf(failure).reason);
      return failure;
    },
    read: (): ModelCounters => ({
      ends: { ...ends },
      calls,
      repeats,
      inputTokens,
      outputTokens,
      repairs,
    }),
  };
}
