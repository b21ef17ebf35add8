/** GLM's chat completions as they are on the wire, as far as IAI uses them. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  readonly tool_call_id?: string;
}

export interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    readonly parameters: Readonly<Record<string, unknown>>;
  };
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly tools?: readonly ChatTool[];
  readonly tool_choice?: unknown;
  readonly response_format?: { readonly type: string };
  readonly thinking?: { readonly type: string };
  readonly [other: string]: unknown;
}

/** What a model says in one turn. */
export interface Turn {
  readonly content: string;
  readonly reasoning?: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[];
  /** GLM's finish reason; by default what fits. */
  readonly finish?: string;
}

/** Writes the answer of a good model to a request. */
export type AnswerWriter = (request: ChatRequest) => Turn;

/** The body of an answer, without the `object` field that GLM leaves out too. */
export function completionOf(request: ChatRequest, turn: Turn, number: number): object {
  const calls = (turn.calls ?? []).map((call, index) => ({
    id: `call_${number}_${index + 1}`,
    type: "function",
    function: call,
  }));
  const finish = turn.finish ?? (calls.length > 0 ? "tool_calls" : "stop");
  const prompt = tokensOf(JSON.stringify(request.messages));
  const answer = tokensOf(turn.content) + tokensOf(JSON.stringify(calls));
  return {
    id: `sim-${number}`,
    request_id: `sim-request-${number}`,
    created: 1_795_000_000 + number,
    model: request.model,
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: {
          role: "assistant",
          content: turn.content,
          ...(turn.reasoning === undefined ? {} : { reasoning_content: turn.reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
      },
    ],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: answer,
      total_tokens: prompt + answer,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  };
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / 3);
}

/** What was asked, without the system's own words. */
export function saidToModel(request: ChatRequest): string {
  return request.messages
    .filter(({ role }) => role === "user" || role === "tool")
    .map(({ content }) => content ?? "")
    .join("\n");
}
