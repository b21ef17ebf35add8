import type { JSONValue, ModelMessage as SdkMessage } from "ai";
import type { IaiError } from "../../../kernel/errors.ts";
import type { LanguageModelRequest, ModelMessage } from "../../../ports/language-model.ts";
import { dialectOf, type OpenAiCompatibleConfig } from "./config.ts";
import { failureOfAnswer, failureOfNonsense } from "./errors.ts";
import { parsed } from "./json-text.ts";
import { type Redact, redactJson } from "./redaction.ts";
import type { HttpAnswer } from "./transport.ts";

type Json = Record<string, unknown>;

/** What the caller says, and the shape of the answer: GLM takes no schema of its own. */
export function instructionsOf({ system, tools, schema }: LanguageModelRequest): string {
  const when = tools.length === 0 ? "Answer" : "When you need no more tools, answer";
  return `${system}\n\n${when} with one JSON object and nothing else, without a code fence. It fits this JSON Schema:\n${JSON.stringify(schema)}`;
}

export function messagesToSdk(messages: readonly ModelMessage[], redact: Redact): SdkMessage[] {
  return messages.map((message) => messageToSdk(message, redact));
}

function messageToSdk(message: ModelMessage, redact: Redact): SdkMessage {
  switch (message.role) {
    case "user":
      return { role: "user", content: redact(message.text) };
    case "model":
      return modelMessageToSdk(message, redact);
    case "tool":
      return toolMessageToSdk(message, redact);
  }
}

function toolMessageToSdk(
  { callId: toolCallId, name: toolName, json, isError }: Extract<ModelMessage, { role: "tool" }>,
  redact: Redact,
): SdkMessage {
  const value = jsonValueOf(redactJson(json, redact));
  const output = { type: isError ? ("error-json" as const) : ("json" as const), value };
  return { role: "tool", content: [{ type: "tool-result", toolCallId, toolName, output }] };
}

function modelMessageToSdk(
  { text, reasoning, toolCalls }: Extract<ModelMessage, { role: "model" }>,
  redact: Redact,
): SdkMessage {
  return {
    role: "assistant",
    content: [
      ...(reasoning === null ? [] : [{ type: "reasoning" as const, text: redact(reasoning) }]),
      ...(text === "" ? [] : [{ type: "text" as const, text: redact(text) }]),
      ...toolCalls.map(({ callId: toolCallId, name: toolName, input }) => ({
        type: "tool-call" as const,
        toolCallId,
        toolName,
        // Arguments that nobody could read: the tool's error beside them says so, and endpoints take objects alone.
        input: isObject(input) ? redactJson(input, redact) : {},
      })),
    ],
  };
}

/** A value that has been through JSON: what it cannot say is gone. */
function jsonValueOf(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value ?? null)) as JSONValue;
}

/** The body as this endpoint takes it: no field that GLM does not know, thinking as configured. */
export function bodyForEndpoint(
  body: Readonly<Json>,
  config: Pick<
    OpenAiCompatibleConfig,
    "dialect" | "baseUrl" | "model" | "thinking" | "temperature" | "jsonMode" | "extraBody"
  >,
): Json {
  const { model, max_tokens, messages, tools } = body;
  const hasTools = Array.isArray(tools) && tools.length > 0;
  const thinking =
    config.thinking === "on" ? { type: "enabled", clear_thinking: false } : { type: "disabled" };
  return {
    model,
    messages,
    max_tokens,
    temperature: config.temperature,
    stream: false,
    // `required` is not known to GLM, and a client that insists on it throws good answers away.
    ...(hasTools ? { tools, tool_choice: "auto" } : {}),
    // With tools it would be asked of the tool calls too.
    ...(!hasTools && config.jsonMode ? { response_format: { type: "json_object" } } : {}),
    ...(dialectOf(config) === "glm" ? { thinking } : {}),
    ...config.extraBody,
  };
}

/** The JSON of a good answer, in the form that the vendor library reads; throws what any other answer means. */
export function bodyOfAnswer(answer: HttpAnswer): Json {
  const { status, text, contentType, retryAfterMs } = answer;
  if (status >= 300 && status < 400)
    throw failureOfNonsense(`it answered ${status}, and redirects are not followed`);
  const body = parsed(text);
  const failure = errorIn(body, answer);
  if (failure !== null) throw failure;
  if (status >= 400)
    throw failureOfAnswer({ status, errorCode: null, errorText: "", retryAfterMs });
  if (!isObject(body)) {
    const kind = contentType === "" ? "no content type" : contentType;
    throw failureOfNonsense(`${text.length} characters that are no JSON object (${kind})`);
  }
  return withTextArguments(body);
}

/** Errors come as `{error:{code,message}}`, behind some gateways as `{code,msg,success:false}`, and also with 200. */
function errorIn(body: unknown, { status, retryAfterMs }: HttpAnswer): IaiError | null {
  if (!isObject(body)) return null;
  const told = body["error"] ?? (body["success"] === false ? body : null);
  if (told === null || told === undefined) return null;
  const error = isObject(told) ? told : { message: String(told) };
  const code = error["code"] ?? error["type"] ?? null;
  const words = error["message"] ?? error["msg"] ?? "";
  return failureOfAnswer({
    status,
    errorCode: code === null ? null : String(code),
    errorText: String(words),
    retryAfterMs,
  });
}

/** Some servers send arguments as an object or not at all; the library takes text alone. */
function withTextArguments(body: Json): Json {
  const choices = body["choices"];
  if (!Array.isArray(choices) || !choices.every((choice) => isObject(choice)))
    throw failureOfNonsense("there are no choices in it");
  return { ...body, choices: choices.map((choice) => changedChoice(choice)) };
}

function changedChoice(choice: Json): Json {
  const message = choice["message"];
  if (!isObject(message) || !Array.isArray(message["tool_calls"])) return choice;
  const calls = message["tool_calls"].map((call: unknown) => {
    if (!isObject(call) || !isObject(call["function"])) return call;
    const { arguments: given, ...rest } = call["function"];
    const text = typeof given === "string" ? given : JSON.stringify(given ?? {});
    return { ...call, function: { ...rest, arguments: text } };
  });
  return { ...choice, message: { ...message, tool_calls: calls } };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
