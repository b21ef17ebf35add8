import { type Severity, severities } from "../../model/alarm.ts";
import type { OrderIntent } from "../../model/diagnosis.ts";
import type { ProposeIntent, StructuredDiagnosis } from "../../model/structured-diagnosis.ts";
import type { WorkOrderType } from "../../model/work-order.ts";
import type { LanguageModel } from "../../ports/language-model.ts";

const orderTypes: readonly WorkOrderType[] = ["INSPECTION", "PLANNED", "EMERGENCY"];
const ACTIONS_MAX = 8;
const OUTPUT_TOKENS = 350;

/** Fixed: nothing of a plant ever stands in it. */
export const decisionSystem = [
  "You propose the work order for a diagnosed machine. You are given names from lists, ids and numbers as JSON.",
  "Answer with one JSON object of the given schema: the type and priority of the order, actions by their ids, and the ids of facts and knowledge that justify it.",
  "A person and the plant's policy decide; you only propose.",
].join("\n");

const ids = (maxItems: number) => ({ type: "array", items: { type: "string" }, maxItems }) as const;

export const intentSchema = {
  type: "object",
  properties: {
    order_type: { type: "string", enum: orderTypes },
    priority: { type: "string", enum: severities },
    actions: ids(ACTIONS_MAX),
    citations: ids(12),
  },
  required: ["order_type", "priority", "actions", "citations"],
  additionalProperties: false,
} as const;

/**
 * Proposes an order from a validated diagnosis. It sees no text of anybody, has no tools, and what it answers is
 * names from lists: `decision-policy.ts` decides.
 */
export function createDecisionAgent(model: LanguageModel): ProposeIntent {
  return async (diagnosis, { deadlineMs, signal }) => {
    const none = { intent: null, tokensUsed: 0 };
    if (!model.capabilities.available || deadlineMs <= 0 || signal.aborted) return none;
    try {
      const answer = await model.complete(
        {
          system: decisionSystem,
          messages: [{ role: "user", text: promptOf(diagnosis) }],
          tools: [],
          schema: intentSchema,
          maxOutputTokens: OUTPUT_TOKENS,
          priority: diagnosis.alertLevel,
          deadlineMs,
        },
        signal,
      );
      return { intent: readIntent(answer.json, diagnosis), tokensUsed: answer.tokensUsed };
    } catch {
      // Without a proposal the policy decides by itself, as it does without a model.
      return none;
    }
  };
}

function promptOf(diagnosis: StructuredDiagnosis): string {
  return JSON.stringify({
    alert_level: diagnosis.alertLevel,
    severity: diagnosis.severity,
    fault_category: diagnosis.category,
    confidence: diagnosis.confidence,
    hypotheses: diagnosis.hypotheses.map(({ category, score, kbIds }) => ({
      category,
      score,
      kb_ids: kbIds,
    })),
    facts: diagnosis.facts,
    actions: diagnosis.actions.map(({ id, kbId, step }) => ({ id, kb_id: kbId, step })),
  });
}

/** null: not of the form. Ids that were not given are left out; without one citation left there is no intent. */
export function readIntent(json: unknown, diagnosis: StructuredDiagnosis): OrderIntent | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  const given = json as Readonly<Record<string, unknown>>;
  const orderType = orderTypes.find((each) => each === given["order_type"]);
  const priority = severities.find((each): each is Severity => each === given["priority"]);
  if (orderType === undefined || priority === undefined) return null;
  const known = new Set([
    ...diagnosis.facts.map(({ id }) => id),
    ...diagnosis.hypotheses.flatMap(({ kbIds }) => kbIds),
  ]);
  const offered = new Set(diagnosis.actions.map(({ id }) => id));
  const citations = idsOf(given["citations"]).filter((id) => known.has(id));
  if (citations.length === 0) return null;
  const actions = idsOf(given["actions"])
    .filter((id) => offered.has(id))
    .slice(0, ACTIONS_MAX);
  return { orderType, priority, actions, citations };
}

function idsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const texts = value.filter((each): each is string => typeof each === "string");
  return [...new Set(texts)].slice(0, 12);
}
