import type { ModelTool, ModelToolCall } from "../../../ports/language-model.ts";
import { balancedEnd, parsed } from "./json-text.ts";

/**
 * GLM, above all on servers of one's own, sometimes writes its inner syntax where the name or the text belongs:
 * `query_device_status<arg_key>device_id</arg_key><arg_value>PUMP_01</arg_value>`.
 */
const pair = /<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>([\s\S]*?)<\/arg_value>/g;
const inText = /<tool_call>\s*([\w.-]{1,64})([\s\S]*?)(?:<\/tool_call>|$)/g;

export interface RawToolCall {
  readonly callId: string;
  readonly name: string;
  /** Text of the arguments, or what it was read as. */
  readonly input: unknown;
}

export interface RepairedCall {
  readonly call: ModelToolCall;
  readonly repaired: boolean;
}

/** One try to see what was meant; arguments that stay unreadable are handed on as text, for the caller to refuse. */
export function repairToolCall(raw: RawToolCall, tools: readonly ModelTool[]): RepairedCall {
  const name = nameIn(raw.name);
  const tool = tools.find((known) => known.name === name);
  const leaked = pairsOf(`${raw.name}\n${typeof raw.input === "string" ? raw.input : ""}`, tool);
  const given = typeof raw.input === "string" ? objectOf(raw.input) : raw.input;
  const input = leaked === null ? given : { ...(isObject(given) ? given : {}), ...leaked };
  const call = { callId: raw.callId, name, input };
  return { call, repaired: name !== raw.name || input !== raw.input };
}

/** What comes back to the endpoint with the conversation must be a name that it takes. "": there is none. */
function nameIn(text: string): string {
  const [first = ""] = text.trimStart().split(/[<\s(]/, 1);
  return first.replaceAll(/[^\w.-]/g, "_").slice(0, 64);
}

/**
 * Tool calls that stand in the text of an answer; empty: none of a tool that was offered. `turn` makes their ids
 * differ from those of earlier turns.
 */
export function toolCallsInText(
  text: string,
  { tools, turn }: { readonly tools: readonly ModelTool[]; readonly turn: number },
): readonly RepairedCall[] {
  return [...text.matchAll(inText)].flatMap(([, name = "", rest = ""], index) => {
    if (!tools.some((tool) => tool.name === name)) return [];
    const raw = {
      callId: `text_${turn}_${index + 1}`,
      name,
      input: rest.trim() === "" ? {} : rest,
    };
    return [{ ...repairToolCall(raw, tools), repaired: true }];
  });
}

function pairsOf(text: string, tool: ModelTool | undefined): Record<string, unknown> | null {
  const found = [...text.matchAll(pair)].map(([, key = "", value = ""]) => {
    const name = key.trim();
    return [name, isText(tool, name) ? value.trim() : (parsed(value) ?? value.trim())] as const;
  });
  return found.length === 0 ? null : Object.fromEntries(found);
}

/** A device that is called "007" must not become the number 7. */
function isText(tool: ModelTool | undefined, name: string): boolean {
  const properties = tool?.inputSchema["properties"];
  if (!isObject(properties)) return false;
  const property = properties[name];
  return isObject(property) && property["type"] === "string";
}

/** Arguments as an object where one can be seen in them, else the text itself. */
function objectOf(text: string): unknown {
  if (text.trim() === "") return {};
  const whole = parsed(text);
  // Some models write their JSON into a JSON string.
  if (typeof whole === "string") return objectOf(whole);
  if (whole !== undefined) return whole;
  const from = text.indexOf("{");
  if (from < 0) return text;
  const { end, open } = balancedEnd(text, from);
  const candidate = text.slice(from, end) + open;
  return parsed(candidate) ?? parsed(candidate.replace(/,(\s*[}\]])/g, "$1")) ?? text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
