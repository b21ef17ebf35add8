import type {
  LanguageModel,
  LanguageModelAnswer,
  LanguageModelRequest,
  ModelToolCall,
} from "../../src/ports/language-model.ts";

/** One turn of a script: what the model says when it is asked like this for the n-th time, from 0. */
export type Script = (
  request: LanguageModelRequest,
  turn: number,
  signal: AbortSignal,
) => Partial<LanguageModelAnswer> | Promise<Partial<LanguageModelAnswer>>;

export interface ScriptedModel extends LanguageModel {
  /** Everything it was asked, in order. */
  readonly requests: LanguageModelRequest[];
}

/** A language model that follows a script; it keeps no deadline of its own, so that callers have to. */
export function scriptedModel(script: Script): ScriptedModel {
  const requests: LanguageModelRequest[] = [];
  return {
    capabilities: { available: true, model: "scripted" },
    requests,
    complete: async (request, signal) => {
      requests.push(request);
      const answer = await script(request, requests.length - 1, signal);
      return {
        text: answer.json === undefined ? "" : JSON.stringify(answer.json),
        reasoning: null,
        json: undefined,
        toolCalls: [],
        model: "scripted",
        tokensUsed: 100,
        ...answer,
      };
    },
    close: async () => undefined,
  };
}

export function call(name: string, input: unknown, callId = `c-${name}`): ModelToolCall {
  return { callId, name, input };
}

/** True for a request of the decision agent. */
export function isDecision(request: LanguageModelRequest): boolean {
  return JSON.stringify(request.schema).includes("order_type");
}

/** What the model was told at the beginning. */
export function toldOf(request: LanguageModelRequest): {
  readonly facts: readonly {
    readonly id: string;
    readonly kind: string;
    readonly metric: string;
  }[];
  readonly rules: { readonly fault_category: string };
  readonly knowledge: readonly { readonly kb_id: string; readonly category: string }[];
} {
  const [first] = request.messages;
  if (first?.role !== "user") throw new Error("a conversation begins with its facts");
  return JSON.parse(first.text) as ReturnType<typeof toldOf>;
}

/** Findings that hold for the test pump's imbalance; parts may be replaced. */
export function goodFindings(request: LanguageModelRequest, patch: object = {}): object {
  const { knowledge } = toldOf(request);
  const kb = knowledge.find(({ category }) => category === "imbalance");
  return {
    fault_category: "imbalance",
    severity: "HIGH",
    hypotheses: [
      {
        category: "imbalance",
        kb_ids: kb === undefined ? [] : [kb.kb_id],
        for: ["E1"],
        against: [],
      },
    ],
    diagnosis: {
      zh: "振动升至健康水平的 1.8 倍 [E1]。",
      en: "Vibration rose to 1.8 times healthy [E1].",
    },
    recommended_action: { zh: "检查叶轮 [E1]。", en: "Look at the impeller [E1]." },
    ...patch,
  };
}

/** An intent that cites the first fact. */
export const anIntent = (patch: object = {}): object => ({
  order_type: "PLANNED",
  priority: "P1",
  actions: [],
  citations: ["E1"],
  ...patch,
});
