import type { LanguageModel, LanguageModelRequest } from "../../../ports/language-model.ts";

/**
 * A scripted model: it reads one window of telemetry, repeats the rules' ranking, says one thing that holds and one
 * that does not. It shows that the harness works (tools, citations, checker, proposal), and nothing about models.
 */
export function createHarnessModel(): LanguageModel {
  return {
    capabilities: { available: true, model: "harness" },
    complete: async (request) => {
      const told = toldOf(request);
      const json = "facts" in told && "rules" in told ? undefined : intentFor(told);
      const asked = request.messages.some(({ role }) => role === "tool");
      const toolCalls =
        json === undefined && !asked
          ? [{ callId: "1", name: "fetch_telemetry_data", input: { window_mins: 10 } }]
          : [];
      const answer = toolCalls.length > 0 ? undefined : (json ?? findingsFor(told));
      return {
        text: answer === undefined ? "" : JSON.stringify(answer),
        reasoning: null,
        json: answer,
        toolCalls,
        model: "harness",
        tokensUsed: Math.ceil(JSON.stringify(request.messages).length / 4),
      };
    },
    close: async () => undefined,
  };
}

interface Told {
  readonly facts?: readonly {
    readonly id: string;
    readonly kind: string;
    readonly metric: string | null;
    readonly unit: string | null;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
  readonly rules?: {
    readonly fault_category: string;
    readonly hypotheses: readonly {
      readonly category: string;
      readonly for: readonly string[];
      readonly against: readonly string[];
      readonly kb_ids: readonly string[];
    }[];
  };
}

function toldOf({ messages }: LanguageModelRequest): Told {
  const [first] = messages;
  return first?.role === "user" ? (JSON.parse(first.text) as Told) : {};
}

function intentFor(told: Told): object {
  const citation = told.facts?.[0]?.id ?? "";
  return { order_type: "INSPECTION", priority: "P2", actions: ["A1"], citations: [citation] };
}

function findingsFor({ facts = [], rules }: Told): object {
  const hypotheses = (rules?.hypotheses ?? [])
    .filter((item) => item.for.length > 0)
    .map(({ category, kb_ids, for: speaksFor, against }) => ({
      category,
      kb_ids,
      for: speaksFor,
      against,
    }));
  const fact = facts.find(({ value }) => typeof value["recent"] === "number") ?? facts[0];
  const recent = fact?.value["recent"];
  const id = fact?.id ?? "E1";
  const unit = fact?.unit === "1" || fact?.unit === null ? "" : ` ${fact?.unit ?? ""}`;
  const number = typeof recent === "number" ? `${recent.toPrecision(3)}` : "";
  const holds = number === "" ? "The alarm was looked at" : `It is at ${Number(number)}${unit}`;
  const zh = number === "" ? "已查看报警" : `现为 ${Number(number)}${unit}`;
  const invented = "It was 98765 a moment ago";
  return {
    fault_category: rules?.fault_category ?? "unknown",
    severity: "MEDIUM",
    hypotheses,
    diagnosis: { en: `${holds} [${id}]. ${invented} [${id}].`, zh: `${zh} [${id}]。` },
    recommended_action: { en: `Look at it on site [${id}].`, zh: `到现场查看 [${id}]。` },
  };
}
