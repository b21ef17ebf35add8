import { IaiError } from "../../../kernel/errors.ts";
import type { Principal } from "../../../model/access.ts";
import { verdictsNeeded } from "../../../pipeline/diagnose/learning/cause-weights.ts";
import type { LearningProposal } from "../../../pipeline/diagnose/learning/proposal.ts";
import { weightBounds } from "../../../pipeline/diagnose/rule-engine/cause-weights.ts";
import { learningOut, learningReasonIn, learningToWire } from "../../../wire/learning.ts";
import { oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute, param, type RouteContext } from "../route.ts";
import { isInScope, notFound } from "../scope.ts";
import type { ApiServices, By } from "../services.ts";

/** What close-outs teach: weights of causes, and changes for a person to accept. */
export function learningRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    overview(services),
    judge(services, "withdraw", "The verdict of an order counts no longer"),
    judge(services, "restore", "The verdict of an order counts again"),
    accept(services),
    dismiss(services),
  ];
}

const bounds = { needed: verdictsNeeded, ...weightBounds };

function overview({ learning }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/learning",
    action: "knowledge.read",
    tag: "Learning",
    summary: "Weights of causes with their counts, verdicts that were taken back, proposed changes",
    query: oneQuery({}),
    answer: learningOut,
    handle: async () => learningToWire(await learning.overview(), bounds),
  });
}

type Reasoned = RouteContext<unknown, { readonly reason: string }>;

const byOf = ({ principal, body }: Reasoned): By => ({ principal, reason: body.reason });

function judge(services: ApiServices, verb: "withdraw" | "restore", summary: string): ApiRoute {
  return defineRoute({
    method: "POST",
    path: `/learning/verdicts/:order_no/${verb}`,
    action: "knowledge.write",
    tag: "Learning",
    summary,
    body: learningReasonIn,
    answer: learningOut,
    failures: [404, 409],
    handle: async (context) => {
      const orderNo = param(context, "order_no");
      await requireOrder(services, context.principal, orderNo);
      await services.learning[verb](orderNo, byOf(context));
      return learningToWire(await services.learning.overview(), bounds);
    },
  });
}

async function requireOrder(
  { records }: ApiServices,
  principal: Principal,
  orderNo: string,
): Promise<void> {
  const order = await records.read((tx) => tx.find("work_order", { orderNo }));
  if (order === null || !isInScope(principal, order)) throw notFound("order", orderNo);
}

function accept(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/learning/proposals/:proposal_id/accept",
    action: "rules.write",
    tag: "Learning",
    summary: "Make a proposed change: the entry or rule gets its next version",
    body: learningReasonIn,
    answer: learningOut,
    failures: [404, 409, 422],
    handle: async (context) => {
      const proposal = await services.learning.proposal(param(context, "proposal_id"));
      await apply(services, proposal, byOf(context));
      return learningToWire(await services.learning.overview(), bounds);
    },
  });
}

async function apply(
  { knowledge, rules, records }: ApiServices,
  { subjectId, version, change }: LearningProposal,
  by: By,
): Promise<void> {
  if (change.field === "signs") {
    const entry = await knowledge.get(subjectId);
    const content = { ...entry, signs: change.after };
    await knowledge.put(subjectId, content, { ...by, expectedVersion: version });
    return;
  }
  const rule = await records.read((tx) => tx.find("rule", { ruleId: subjectId, current: true }));
  if (rule === null || rule.version !== version)
    throw new IaiError(
      "CONFLICT",
      `Cannot change rule "${subjectId}": version ${version} is no longer in force; nothing was changed`,
    );
  await rules.put(subjectId, { ...rule, text: change.after }, by);
}

function dismiss({ learning }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/learning/proposals/:proposal_id/dismiss",
    action: "knowledge.write",
    tag: "Learning",
    summary: "Do not show a proposed change again",
    body: learningReasonIn,
    answer: learningOut,
    failures: [404],
    handle: async (context) => {
      await learning.dismiss(param(context, "proposal_id"), byOf(context));
      return learningToWire(await learning.overview(), bounds);
    },
  });
}
