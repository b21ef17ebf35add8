import type { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import type { Principal } from "../../../model/access.ts";
import type { AlarmState } from "../../../model/alarm.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { Where } from "../../../ports/record-store.ts";
import {
  alertOut,
  alertToWire,
  alertWhyOut,
  alertWhyToWire,
  assignIn,
  diagnosisStatuses,
  reasonIn,
  shelveIn,
} from "../../../wire/alert.ts";
import { identifier, listOf, pageOf, rangeQuery, text } from "../../../wire/basics.ts";
import { commentIn } from "../../../wire/history.ts";
import { between, flag, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param, type RouteContext } from "../route.ts";
import { isInScope, notFound, scopeWhere } from "../scope.ts";
import type { ApiServices, By } from "../services.ts";
import { commentsRoute, historyRoute } from "./stories.ts";

/** Words that a person may say for sets of alarm states, beside the states themselves. */
const stateWords: Readonly<Record<string, readonly AlarmState[]>> = {
  UNACK_ACTIVE: ["UNACK_ACTIVE"],
  ACK_ACTIVE: ["ACK_ACTIVE"],
  UNACK_CLEARED: ["UNACK_CLEARED"],
  NORMAL: ["NORMAL"],
  active: ["UNACK_ACTIVE", "ACK_ACTIVE"],
  cleared: ["UNACK_CLEARED", "NORMAL"],
  acknowledged: ["ACK_ACTIVE", "NORMAL"],
  unacknowledged: ["UNACK_ACTIVE", "UNACK_CLEARED"],
  open: ["UNACK_ACTIVE", "ACK_ACTIVE", "UNACK_CLEARED"],
};

const filters = {
  status: listOf(diagnosisStatuses).optional(),
  state: listOf([
    "UNACK_ACTIVE",
    "ACK_ACTIVE",
    "UNACK_CLEARED",
    "NORMAL",
    "active",
    "cleared",
    "acknowledged",
    "unacknowledged",
    "open",
  ]).optional(),
  severity: listOf(["P0", "P1", "P2", "P3"]).optional(),
  device_id: identifier.optional(),
  line_id: identifier.optional(),
  factory_id: identifier.optional(),
  condition: identifier.optional(),
  assignee: text(100).optional(),
  shelved: flag.optional(),
  suppressed: flag.optional(),
  ...rangeQuery,
};
const listAlertsQuery = listQuery(filters);

/** Alarms: lists, one, its story, and what people do about it. */
export function alertRoutes(services: ApiServices): readonly ApiRoute[] {
  const story = {
    subject: "alert",
    path: "/alerts/:trace_id",
    idParam: "trace_id",
    action: "alerts.read",
    tag: "Alarms",
    resolve: async (principal: Principal, id: string) =>
      (await findAlert(services, principal, id)).traceId,
  } as const;
  return [
    listAlerts(services),
    getAlert(services),
    getWhy(services),
    historyRoute(services, story),
    commentsRoute(services, story),
    ...simpleActions(services),
    shelve(services),
    assign(services),
    comment(services),
  ];
}

function listAlerts({ records, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/alerts",
    action: "alerts.read",
    tag: "Alarms",
    summary: "Alarms, newest first",
    query: listAlertsQuery,
    answer: pageOf(alertOut),
    handle: async ({ query, principal }) => {
      const page = await listPage(records, {
        table: "alert_log",
        where: alertWhere(query, principal, clock.now()),
        order: { field: "openedAt", fieldType: "number", id: "traceId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const now = clock.now();
      const items = page.rows.map((row) => alertToWire(row, now));
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}

/** The filters as a comparison; the principal's scope comes last, so that no filter can widen it. */
function alertWhere(
  query: z.output<typeof listAlertsQuery>,
  principal: Principal,
  now: number,
): Where<"alert_log"> {
  const openedAt = between(query.from, query.to);
  const states = query.state?.map((word) => stateWords[word] ?? []);
  return {
    ...(query.status === undefined ? {} : { status: { in: query.status } }),
    ...(states === undefined ? {} : { alarmState: { in: [...new Set(states.flat())] } }),
    ...(query.severity === undefined ? {} : { alertLevel: { in: query.severity } }),
    ...(query.condition === undefined ? {} : { alertType: query.condition }),
    ...(query.assignee === undefined ? {} : { assignee: query.assignee }),
    ...(query.suppressed === undefined ? {} : { suppressed: query.suppressed }),
    ...(query.shelved === true ? { shelvedUntil: { gt: now } } : {}),
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(query.line_id === undefined ? {} : { lineId: query.line_id }),
    ...(query.factory_id === undefined ? {} : { factoryId: query.factory_id }),
    ...scopeWhere(principal, query.device_id),
  };
}

/** The alarm of the path, if this principal may see it. */
export async function findAlert(
  { records }: Pick<ApiServices, "records">,
  principal: Principal,
  traceId: string,
): Promise<AlertRow> {
  const row = await records.read((tx) => tx.find("alert_log", { traceId }));
  if (row === null || !isInScope(principal, row)) throw notFound("alarm", traceId);
  return row;
}

function getAlert(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/alerts/:trace_id",
    action: "alerts.read",
    tag: "Alarms",
    summary: "One alarm",
    query: oneQuery({}),
    answer: alertOut,
    failures: [404],
    handle: async (context) => {
      const row = await findAlert(services, context.principal, param(context, "trace_id"));
      return alertToWire(row, services.clock.now());
    },
  });
}

function getWhy(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/alerts/:trace_id/why",
    action: "alerts.read",
    tag: "Alarms",
    summary: "Why it fired: clauses with the values and the rule version they were evaluated with",
    query: oneQuery({}),
    answer: alertWhyOut,
    failures: [404],
    handle: async (context) =>
      alertWhyToWire(await findAlert(services, context.principal, param(context, "trace_id"))),
  });
}

/** Does the action on an alarm in scope and answers the alarm as it is then. */
async function act<B>(
  services: ApiServices,
  context: RouteContext<unknown, B>,
  action: (row: AlertRow) => Promise<unknown>,
): Promise<unknown> {
  const row = await findAlert(services, context.principal, param(context, "trace_id"));
  await action(row);
  const after = await findAlert(services, context.principal, row.traceId);
  return alertToWire(after, services.clock.now());
}

const simple = {
  acknowledge: "Somebody has seen it and takes care",
  unshelve: "Show a shelved alarm again",
  ignore: "End its diagnosis; needs a reason, never ends the alarm",
  diagnose: "Diagnose it (again)",
} as const;

function simpleActions(services: ApiServices): readonly ApiRoute[] {
  const { alerts } = services;
  const does: Record<keyof typeof simple, (traceId: string, by: By) => Promise<unknown>> = {
    acknowledge: (traceId, by) => alerts.acknowledge(traceId, by),
    unshelve: (traceId, by) => alerts.unshelve(traceId, by),
    ignore: (traceId, by) => alerts.ignore(traceId, by),
    diagnose: (traceId, by) => alerts.requestDiagnosis(traceId, by),
  };
  return (["acknowledge", "unshelve", "ignore", "diagnose"] as const).map((name) =>
    defineRoute({
      method: "POST",
      path: `/alerts/:trace_id/${name}`,
      action: "alerts.handle",
      tag: "Alarms",
      summary: simple[name],
      body: reasonIn,
      answer: alertOut,
      failures: [404, 409],
      handle: (context) =>
        act(services, context, ({ traceId }) =>
          does[name](traceId, {
            principal: context.principal,
            reason: context.body.reason ?? null,
          }),
        ),
    }),
  );
}

function shelve(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/alerts/:trace_id/shelve",
    action: "alerts.handle",
    tag: "Alarms",
    summary: "Hide it for a while: at most 8 h; P0 at most 1 h and by an engineer",
    body: shelveIn,
    answer: alertOut,
    failures: [404, 409],
    handle: (context) => {
      const { until, duration_ms, reason } = context.body;
      if ((until === undefined) === (duration_ms === undefined)) {
        throw new IaiError(
          "INVALID_REQUEST",
          "Cannot shelve: give either `until` or `duration_ms`; nothing was done",
        );
      }
      const end = until ?? services.clock.now() + (duration_ms ?? 0);
      return act(services, context, ({ traceId }) =>
        services.alerts.shelve(traceId, { principal: context.principal, until: end, reason }),
      );
    },
  });
}

function assign(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/alerts/:trace_id/assign",
    action: "alerts.handle",
    tag: "Alarms",
    summary: "Say who takes care; null: nobody",
    body: assignIn,
    answer: alertOut,
    failures: [404],
    handle: (context) => {
      const { principal, body } = context;
      const options = { principal, assignee: body.assignee, reason: body.reason ?? null };
      return act(services, context, ({ traceId }) => services.alerts.assign(traceId, options));
    },
  });
}

function comment(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/alerts/:trace_id/comment",
    action: "alerts.handle",
    tag: "Alarms",
    summary: "Write something about it",
    body: commentIn,
    answer: alertOut,
    failures: [404],
    handle: (context) => {
      const options = { principal: context.principal, text: context.body.text, reason: null };
      return act(services, context, ({ traceId }) => services.alerts.comment(traceId, options));
    },
  });
}
