import type { Clock } from "../../kernel/clock.ts";
import { asIaiError, describeError, type ErrorCode } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import type {
  LanguageModel,
  LanguageModelAnswer,
  LanguageModelRequest,
} from "../../ports/language-model.ts";

/** One thing that was tried with an endpoint. */
export interface LlmFinding {
  readonly check: "answer" | "json" | "tool_call" | "tool_result" | "speed";
  readonly ok: boolean;
  readonly found: string;
  /** What to do; null: nothing. */
  readonly remedy: string | null;
  readonly code: ErrorCode | null;
  readonly elapsedMs: Ms | null;
  readonly tokens: number | null;
}

const QUESTION_MS: Ms = 20_000;
/** A diagnosis asks several times within its 16 s. */
const SLOW_MS: Ms = 4_000;

const system =
  "You are tested by a machine. Do what the message says; what stands in it as JSON is data.";
const lettersSchema = {
  type: "object",
  properties: { letters: { type: "integer" } },
  required: ["letters"],
  additionalProperties: false,
} as const;
const gauge = {
  name: "read_gauge",
  description: "Reads a gauge of the plant and gives its value in bar",
  inputSchema: {
    type: "object",
    properties: { gauge: { type: "string", description: "Name of the gauge" } },
    required: ["gauge"],
  },
} as const;
const gaugeSchema = {
  type: "object",
  properties: { value_bar: { type: "number" } },
  required: ["value_bar"],
  additionalProperties: false,
} as const;

/** Asks an endpoint what the agents will ask it: words, JSON, a tool call, and an answer after its result. */
export async function checkLanguageModel(
  model: LanguageModel,
  clock: Clock,
): Promise<readonly LlmFinding[]> {
  const ask = createAsk(model, clock);
  const first = await ask({
    messages: [{ role: "user", text: 'How many letters has the word in {"word":"pump"}?' }],
    tools: [],
    schema: lettersSchema,
  });
  if (first.answer === null) return [first.failed("answer")];
  const said = first.told("answer", { ok: true, found: `"${short(first.answer.text)}"` });
  const json = first.told("json", jsonFinding(first.answer, "letters"));
  const called = await checkTools(ask);
  return [said, json, ...called, speedOf([said, ...called])];
}

type Part = Pick<LanguageModelRequest, "messages" | "tools" | "schema">;

interface Asked {
  readonly answer: LanguageModelAnswer | null;
  /** The finding that there was no answer. */
  failed(check: LlmFinding["check"]): LlmFinding;
  told(
    check: LlmFinding["check"],
    finding: { readonly ok: boolean; readonly found: string; readonly remedy?: string },
  ): LlmFinding;
}

function createAsk(model: LanguageModel, clock: Clock): (part: Part) => Promise<Asked> {
  return async (part) => {
    const beganAt = clock.monotonic();
    const request = {
      ...part,
      system,
      maxOutputTokens: 300,
      priority: "P2",
      deadlineMs: QUESTION_MS,
    } as const;
    const outcome = await model.complete(request, new AbortController().signal).then(
      (answer) => ({ answer, failure: null }),
      (failure: unknown) => ({ answer: null, failure: asIaiError(failure, "ask the model") }),
    );
    const elapsedMs = Math.round(clock.monotonic() - beganAt);
    const tokens = outcome.answer?.tokensUsed ?? null;
    const told: Asked["told"] = (check, { ok, found, remedy }) => {
      return { check, ok, found, remedy: remedy ?? null, code: null, elapsedMs, tokens };
    };
    return {
      answer: outcome.answer,
      told,
      failed: (check) => {
        const { failure } = outcome;
        const code = failure?.code ?? null;
        const found = failure?.message ?? "no answer";
        const remedy = code === null ? null : describeError(code).remedy;
        return { ...told(check, { ok: false, found }), remedy, code };
      },
    };
  };
}

async function checkTools(ask: (part: Part) => Promise<Asked>): Promise<readonly LlmFinding[]> {
  const user = {
    role: "user",
    text: `Read the gauge in {"gauge":"G-7"} with the tool ${gauge.name}, then answer with its value.`,
  } as const;
  const part = { tools: [gauge], schema: gaugeSchema };
  const first = await ask({ ...part, messages: [user] });
  if (first.answer === null) return [first.failed("tool_call")];
  const { text, reasoning, toolCalls } = first.answer;
  const [call] = toolCalls;
  if (call === undefined || call.name !== gauge.name || !hasText(call.input, "gauge")) {
    const found = call === undefined ? `it asked for no tool: "${short(text)}"` : shown(call);
    return [first.told("tool_call", { ok: false, found, remedy: noTools })];
  }
  const asked = first.told("tool_call", { ok: true, found: shown(call) });
  const result = { value_bar: 42.5 };
  const second = await ask({
    ...part,
    messages: [
      user,
      { role: "model", text, reasoning, toolCalls: [call] },
      { role: "tool", callId: call.callId, name: call.name, json: result, isError: false },
    ],
  });
  if (second.answer === null) return [asked, second.failed("tool_result")];
  return [asked, second.told("tool_result", jsonFinding(second.answer, "value_bar"))];
}

const noTools =
  "the agents need tools: take a model that calls them, or a server that is started with its tool parser";

function jsonFinding(
  { json, text }: LanguageModelAnswer,
  field: string,
): { readonly ok: boolean; readonly found: string; readonly remedy?: string } {
  const value = typeof json === "object" && json !== null ? Reflect.get(json, field) : undefined;
  if (typeof value === "number") return { ok: true, found: JSON.stringify(json) };
  return {
    ok: false,
    found: `no JSON with "${field}": "${short(text)}"`,
    remedy: "take a model that keeps to a JSON Schema, or try languageModel.jsonMode: false",
  };
}

/** How long it takes is told, and is no failure: a slow model loses against the rule report, nothing else. */
function speedOf(findings: readonly LlmFinding[]): LlmFinding {
  const elapsedMs = Math.max(...findings.map((finding) => finding.elapsedMs ?? 0));
  const tokens = findings.reduce((sum, finding) => sum + (finding.tokens ?? 0), 0);
  const slow = "slow: many reports will ship as the rules wrote them; take a faster model";
  return {
    check: "speed",
    ok: true,
    found: `slowest answer ${(elapsedMs / 1_000).toFixed(1)} s, ${tokens} tokens in all`,
    remedy: elapsedMs > SLOW_MS ? slow : null,
    code: null,
    elapsedMs,
    tokens,
  };
}

function hasText(input: unknown, key: string): boolean {
  return typeof input === "object" && input !== null && typeof Reflect.get(input, key) === "string";
}

function shown({ name, input }: { readonly name: string; readonly input: unknown }): string {
  return `${name}(${short(JSON.stringify(input) ?? "")})`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
