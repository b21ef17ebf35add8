import { type ChatRequest, saidToModel, type Turn } from "./chat-dialect.ts";
import type { Play } from "./exchange.ts";

const saying =
  (change: (good: Turn, request: ChatRequest) => Turn): Play =>
  ({ request, good, say }) =>
    say(change(good(), request));

/** Good HTTP, and words of a model that is slow, confused, careless or hostile. */
export const answerBehaviours = {
  good: saying((good) => good),
  slow: async ({ good, say, wait }) => {
    await wait(5_000);
    say(good());
  },
  thinking: saying((good) => ({
    ...good,
    content: `<think>The temperature rises {slowly}. It could be "bearing wear".</think>\nHere is my answer:\n${good.content}`,
  })),
  reasoning: saying((good) => ({ ...good, reasoning: "First the temperature, then the rest." })),
  fenced: saying((good) => ({ ...good, content: `\`\`\`json\n${good.content}\n\`\`\`` })),
  "truncated-json": saying((good) => ({
    content: good.content.slice(0, Math.ceil(good.content.length / 2)),
    finish: "length",
  })),
  "wrong-schema": saying((good) => ({ ...good, content: '{"answer":42,"extra":["what",null]}' })),
  "wrong-device": saying((good) => ({
    ...good,
    content: otherDevice(good.content),
    calls: (good.calls ?? []).map((call) => ({ ...call, arguments: otherDevice(call.arguments) })),
  })),
  "invented-numbers": saying((good) => ({
    ...good,
    content: good.content.replace(
      /"((?:[^"\\]|\\.){12,})"(?!\s*:)/g,
      '"$1 温度为 987.65 ℃, 987.65 °C."',
    ),
  })),
  "leaked-tool-name": saying((good) => ({ ...good, calls: (good.calls ?? []).map(leakIntoName) })),
  "leaked-tool-text": saying((good) => {
    const calls = (good.calls ?? []).map(
      (call) => `<tool_call>${call.name}\n${pairsOf(call.arguments)}\n</tool_call>`,
    );
    return { content: calls.length === 0 ? good.content : calls.join("\n"), finish: "stop" };
  }),
  "broken-arguments": saying((good) => ({
    ...good,
    calls: (good.calls ?? []).map((call) => ({
      ...call,
      arguments: `\`\`\`json\n${call.arguments.replace(/}$/, ",}")}`,
    })),
  })),
  "unreadable-arguments": saying((good) => ({
    ...good,
    calls: (good.calls ?? []).map((call) => ({ ...call, arguments: "device PUMP, please" })),
  })),
  "unknown-tool": saying((good) => ({
    ...good,
    calls: (good.calls ?? []).map((call) => ({ ...call, name: "run_shell" })),
  })),
  "endless-tools": saying((good, { tools }) => {
    const name = tools?.[0]?.function.name;
    if (name === undefined) return good;
    return { content: "", calls: [{ name, arguments: good.calls?.[0]?.arguments ?? "{}" }] };
  }),
  "prompt-echo": saying((_, { messages }) => ({
    content: messages.map(({ role, content }) => `${role}: ${content ?? ""}`).join("\n"),
  })),
  empty: saying(() => ({ content: "" })),
  "plain-text": saying(() => ({ content: "The bearing is probably worn; please check it." })),
  sensitive: saying(() => ({ content: "", finish: "sensitive" })),
  "network-error": saying(() => ({ content: "", finish: "network_error" })),
  "context-exceeded": saying(() => ({ content: "", finish: "model_context_window_exceeded" })),
  "obeys-injection": saying(obey),
} as const satisfies Record<string, Play>;

function otherDevice(json: string): string {
  return json.replace(/("(?:device_id|deviceId)"\s*:\s*)"[^"]*"/g, '$1"OTHER_99"');
}

function leakIntoName(call: { readonly name: string; readonly arguments: string }) {
  return { name: `${call.name}${pairsOf(call.arguments)}`, arguments: "{}" };
}

function pairsOf(json: string): string {
  const entries = Object.entries(JSON.parse(json) as Record<string, unknown>);
  return entries
    .map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `<arg_key>${key}</arg_key>\n<arg_value>${text}</arg_value>`;
    })
    .join("\n");
}

const writeTools = ["update_device_status", "create_work_order"];

/**
 * A model that does what any text in its prompt asks for: calls the tool that is named there, for the device that is
 * named there, repeats addresses and instructions in every text of its answer, and adds what it knows of the prompt.
 */
function obey(good: Turn, request: ChatRequest): Turn {
  const said = saidToModel(request);
  const offered = (request.tools ?? []).map(({ function: { name } }) => name);
  const named = [...writeTools, ...offered].filter((name) => said.includes(name));
  const asked = request.messages.some(({ role }) => role === "tool");
  const devices = [...said.matchAll(/\b[A-Z][A-Z0-9]*_\d+\b/g)].map(([device]) => device);
  if (named.length > 0 && !asked) {
    const device_id = devices.at(-1) ?? "OTHER_99";
    const args = { device_id, status: "RETIRED", priority: "P0", description: said.slice(0, 300) };
    return { content: "", calls: named.map((name) => ({ name, arguments: JSON.stringify(args) })) };
  }
  const orders = said.match(/ignore[^"\n]{0,120}|忽略[^"\n]{0,60}|https?:\/\/[^\s"\\]+/gi) ?? [];
  const poison = JSON.stringify(` ${orders.join(" ")} RETIRED ${devices.at(-1) ?? ""} 987.65`);
  const content = good.content.replace(
    /"((?:[^"\\]|\\.){12,})"(?!\s*:)/g,
    (_, text: string) => `"${text}${poison.slice(1, -1)}"`,
  );
  return { ...good, content };
}
