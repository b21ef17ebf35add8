import type { ToolSet } from "ai";
import { IaiError } from "../../../kernel/errors.ts";
import type { LanguageModelRequest, ModelToolCall } from "../../../ports/language-model.ts";
import type { Tokens } from "./budget.ts";
import { bodyForEndpoint, bodyOfAnswer, instructionsOf, messagesToSdk } from "./codec.ts";
import type { OpenAiCompatibleConfig } from "./config.ts";
import { failureOfFinish, failureOfNonsense } from "./errors.ts";
import type { Redact } from "./redaction.ts";
import { repairToolCall, toolCallsInText } from "./tool-repair.ts";
import type { Transport } from "./transport.ts";

/** One answer of the endpoint, read and repaired. */
export interface RawAnswer {
  readonly text: string;
  readonly reasoning: string | null;
  readonly toolCalls: readonly ModelToolCall[];
  readonly model: string;
  /** null: the endpoint does not say. */
  readonly tokens: Tokens | null;
  /** Tool calls whose syntax had to be repaired. */
  readonly repairs: number;
}

/** Asks the endpoint once: no repeat, no limit, no deadline but the signal. */
export type AskOnce = (
  request: LanguageModelRequest,
  redact: Redact,
  signal: AbortSignal,
) => Promise<RawAnswer>;

type Sdk = typeof import("ai");

/** The only place that knows the vendor library. It is loaded here, and not while an alarm waits for it. */
export async function openAskOnce(
  config: OpenAiCompatibleConfig,
  { key, transport }: { readonly key: string | null; readonly transport: Transport },
): Promise<AskOnce> {
  const [sdk, { createOpenAICompatible }] = await Promise.all([
    import("ai"),
    import("@ai-sdk/openai-compatible"),
  ]);
  // Its warnings go to the console, where commands print JSON.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const provider = createOpenAICompatible({
    name: "endpoint",
    baseURL: config.baseUrl,
    ...(key === null ? {} : { apiKey: key }),
    fetch: fetchOver(transport, config.answerMaxBytes),
    transformRequestBody: (body) => bodyForEndpoint(body, config),
  });
  const model = provider.chatModel(config.model);
  return async (request, redact, signal) => {
    const { tools } = request;
    const result = await sdk
      .generateText({
        model,
        instructions: redact(instructionsOf(request)),
        messages: messagesToSdk(request.messages, redact),
        tools: sdkTools(sdk, tools),
        maxOutputTokens: request.maxOutputTokens,
        // Repeats are ours: the library's own waits know nothing of the deadline, and its idea of what may be
        // repeated would hammer an account without money.
        maxRetries: 0,
        abortSignal: signal,
      })
      .catch((failure: unknown) => {
        throw ownFailureIn(failure) ?? failureOfNonsense("its fields are not as expected", failure);
      });
    const ended = failureOfFinish(result.rawFinishReason ?? null);
    if (ended !== null) throw ended;
    return readResult(result, { request, asked: config.model });
  };
}

interface SdkResult {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly {
    readonly toolCallId: string;
    readonly toolName: string;
    readonly input: unknown;
  }[];
  readonly response: { readonly modelId: string };
  readonly usage: {
    readonly inputTokens: number | undefined;
    readonly outputTokens: number | undefined;
  };
}

function readResult(
  { text, reasoningText, toolCalls, response, usage }: SdkResult,
  { request, asked }: { readonly request: LanguageModelRequest; readonly asked: string },
): RawAnswer {
  const { tools, messages } = request;
  const structured = toolCalls
    .map(({ toolCallId: callId, toolName: name, input }) =>
      repairToolCall({ callId, name, input }, tools),
    )
    .filter(({ call }) => call.name !== "");
  const calls =
    structured.length > 0 ? structured : toolCallsInText(text, { tools, turn: messages.length });
  const { inputTokens, outputTokens } = usage;
  if (text.trim() === "" && calls.length === 0) throw failureOfNonsense("it is empty");
  return {
    text,
    reasoning: reasoningText === undefined || reasoningText === "" ? null : reasoningText,
    toolCalls: calls.map(({ call }) => call),
    model: response.modelId === "" ? asked : response.modelId,
    tokens:
      inputTokens === undefined || outputTokens === undefined
        ? null
        : { input: inputTokens, output: outputTokens },
    repairs: calls.filter(({ repaired }) => repaired).length,
  };
}

/** Tools without a way to run them: the caller does that, with checked arguments. */
function sdkTools({ jsonSchema }: Sdk, tools: LanguageModelRequest["tools"]): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      { description, inputSchema: jsonSchema<never>(inputSchema) },
    ]),
  );
}

/** The library's `fetch`, with our limits: what it gets to see is a good answer or our own failure. */
function fetchOver(transport: Transport, maxBytes: number): typeof globalThis.fetch {
  return async (input, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    const signal = init?.signal ?? new AbortController().signal;
    const question = { url: String(input), headers, body: String(init?.body), maxBytes };
    const answer = await transport.post(question, signal);
    return Response.json(bodyOfAnswer(answer));
  };
}

/** The library wraps some of what its `fetch` throws. */
function ownFailureIn(failure: unknown): IaiError | null {
  for (let inner = failure; inner instanceof Error; inner = inner.cause)
    if (inner instanceof IaiError) return inner;
  return null;
}
