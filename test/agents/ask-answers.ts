import type { ChatRequest, Turn } from "../glm-simulator/chat-dialect.ts";

interface Told {
  readonly device_id: string;
  readonly question: string;
  readonly answer_in: string;
  readonly facts: readonly {
    readonly id: string;
    readonly kind: string;
    readonly metric: string | null;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
}

/** What a question's prompt told a model. */
export function askedOf(request: ChatRequest): Told {
  const first = request.messages.find(({ role }) => role === "user")?.content ?? "{}";
  return JSON.parse(first) as Told;
}

/** A good model: looks at the telemetry once, then says how the vibration stands, with its facts. */
export function vibrationAnswer(request: ChatRequest): Turn {
  const { facts, answer_in, device_id } = askedOf(request);
  const hasLooked = request.messages.some(({ role }) => role === "tool");
  if (!hasLooked && (request.tools ?? []).length > 0) {
    const args = JSON.stringify({ device_id, window_mins: 10 });
    return { content: "", calls: [{ name: "fetch_telemetry_data", arguments: args }] };
  }
  const fact = facts.find(({ metric, value }) => metric === "vibration" && "now" in value);
  const now = String(fact?.value["now"] ?? "");
  const id = fact?.id ?? "E0";
  const answer =
    answer_in === "Chinese" ? `振动现为 ${now} g [${id}]。` : `Vibration is at ${now} g [${id}].`;
  return saying(answer);
}

/** These words as an answer of the right form. */
export function saying(answer: string, answerable = true): Turn {
  return { content: JSON.stringify({ answerable, answer }) };
}
