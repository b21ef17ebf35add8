import { type Severity, severities } from "../../model/alarm.ts";
import type { AgentTrace, BilingualText, OrderIntent } from "../../model/diagnosis.ts";
import type { WorkOrderType } from "../../model/work-order.ts";

/** The order that an alarm of one severity gets; null: none. */
export type OrderPolicy = {
  readonly type: WorkOrderType;
  /** PROPOSED waits for a person's yes. */
  readonly status: "PROPOSED" | "OPEN";
} | null;

/** From the least to the most pressing. */
export const typeOrder: readonly WorkOrderType[] = ["INSPECTION", "PLANNED", "EMERGENCY"];

export interface AppliedIntent {
  readonly policy: NonNullable<OrderPolicy>;
  readonly priority: Severity;
  /** The intent asked for something else than what became of it. */
  readonly clamped: boolean;
}

/**
 * What an intent may change of the policy's order: type and priority by one step, and then a person has to say
 * yes. P0 is never made less than it is, and where policy writes no order there is none to change.
 */
export function applyIntent(
  alertLevel: Severity,
  policy: NonNullable<OrderPolicy>,
  intent: OrderIntent | null,
): AppliedIntent {
  const asIs = { policy, priority: alertLevel, clamped: false };
  if (intent === null) return asIs;
  const fixed = alertLevel === "P0";
  const type = fixed ? policy.type : oneStep(typeOrder, policy.type, intent.orderType);
  const priority = fixed ? alertLevel : oneStep(severities, alertLevel, intent.priority);
  const changed = type !== policy.type || priority !== alertLevel;
  return {
    policy: { type, status: changed ? "PROPOSED" : policy.status },
    priority,
    clamped: type !== intent.orderType || priority !== intent.priority,
  };
}

/** The wish, or the step towards it. */
function oneStep<T>(scale: readonly T[], from: T, wish: T): T {
  const start = scale.indexOf(from);
  const wanted = scale.indexOf(wish);
  const reached = Math.max(start - 1, Math.min(start + 1, wanted));
  return scale[reached] ?? from;
}

/** Steps of the catalogue that the intent adds to an order; what is on it already stays where it is. */
export function intendedSteps(
  agent: AgentTrace | null,
  planned: readonly BilingualText[],
): readonly BilingualText[] {
  const intent = agent?.intent ?? null;
  if (agent === null || intent === null) return [];
  const there = new Set(planned.map(({ en }) => en));
  return agent.actions
    .filter(({ id, text }) => intent.actions.includes(id) && !there.has(text.en))
    .map(({ text }) => text);
}
