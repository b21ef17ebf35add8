import { z } from "zod";
import type { Principal } from "../../../model/access.ts";
import type { WorkOrderRow } from "../../../model/records.ts";
import type { WorkOrder } from "../../../model/work-order.ts";
import type { WorkOrderPatch } from "../../../pipeline/decide/work-order-service.ts";
import { identifier, listOf, pageOf, rangeQuery, text } from "../../../wire/basics.ts";
import { commentIn } from "../../../wire/history.ts";
import {
  completeIn,
  workOrderIn,
  workOrderOut,
  workOrderPatchIn,
  workOrderStatisticsOut,
  workOrderStatuses,
  workOrderToWire,
} from "../../../wire/work-order.ts";
import { between, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { findDevice, isInScope, notFound, scopeWhere } from "../scope.ts";
import type { ApiServices, By } from "../services.ts";
import { findAlert } from "./alerts.ts";
import { commentsRoute, historyRoute } from "./stories.ts";

const reasonIn = z.strictObject({ reason: text(500).optional() });

/** Work orders from proposal to close-out. */
export function workOrderRoutes(services: ApiServices): readonly ApiRoute[] {
  const story = {
    subject: "order",
    path: "/work-orders/:order_no",
    idParam: "order_no",
    action: "orders.read",
    tag: "Work orders",
    resolve: async (principal: Principal, id: string) =>
      (await findOrder(services, principal, id)).orderNo,
  } as const;
  return [
    listOrders(services),
    getStatistics(services),
    getOrder(services),
    historyRoute(services, story),
    commentsRoute(services, story),
    postOrder(services),
    patchOrder(services),
    ...moves(services),
    complete(services),
    comment(services),
  ];
}

function listOrders({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/work-orders",
    action: "orders.read",
    tag: "Work orders",
    summary: "Work orders, newest first",
    query: listQuery({
      status: listOf(workOrderStatuses).optional(),
      priority: listOf(["P0", "P1", "P2", "P3"]).optional(),
      device_id: identifier.optional(),
      line_id: identifier.optional(),
      trace_id: text(64).optional(),
      assigned_to: text(100).optional(),
      ...rangeQuery,
    }),
    answer: pageOf(workOrderOut),
    handle: async ({ query, principal, language }) => {
      const createdAt = between(query.from, query.to);
      const page = await listPage(records, {
        table: "work_order",
        where: {
          ...(query.status === undefined ? {} : { status: { in: query.status } }),
          ...(query.priority === undefined ? {} : { priority: { in: query.priority } }),
          ...(query.trace_id === undefined ? {} : { traceId: query.trace_id }),
          ...(query.assigned_to === undefined ? {} : { assignedTo: query.assigned_to }),
          ...(query.line_id === undefined ? {} : { lineId: query.line_id }),
          ...(createdAt === undefined ? {} : { createdAt }),
          ...scopeWhere(principal, query.device_id),
        },
        order: { field: "createdAt", fieldType: "number", id: "orderNo", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const items = page.rows.map((order) => workOrderToWire(order, language));
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}

/** The order, if this principal may see it. */
async function findOrder(
  { records }: Pick<ApiServices, "records">,
  principal: Principal,
  orderNo: string,
): Promise<WorkOrderRow> {
  const row = await records.read((tx) => tx.find("work_order", { orderNo }));
  if (row === null || !isInScope(principal, row)) throw notFound("work order", orderNo);
  return row;
}

function getStatistics({ orders }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/work-orders/statistics",
    action: "orders.read",
    tag: "Work orders",
    summary: "How often the alarms behind closed orders were right, per detector and rule",
    query: oneQuery({}),
    answer: workOrderStatisticsOut,
    handle: async () => {
      const statistics = await orders.statistics();
      const { closed, byDetector, byRule, causes, confusion, causeAgreement } = statistics;
      return {
        closed,
        by_detector: byDetector,
        by_rule: byRule,
        causes,
        confusion,
        cause_agreement: causeAgreement,
      };
    },
  });
}

function getOrder(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/work-orders/:order_no",
    action: "orders.read",
    tag: "Work orders",
    summary: "One work order",
    query: oneQuery({}),
    answer: workOrderOut,
    failures: [404],
    handle: async (context) =>
      workOrderToWire(
        await findOrder(services, context.principal, param(context, "order_no")),
        context.language,
      ),
  });
}

function postOrder(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/work-orders",
    action: "orders.handle",
    tag: "Work orders",
    summary: "Write a work order by hand",
    body: workOrderIn,
    answer: workOrderOut,
    status: 201,
    failures: [404, 409],
    handle: async ({ body, principal, language, reply }) => {
      const { deviceId } = findDevice(services.devices, principal, body.device_id);
      const traceId = body.trace_id ?? null;
      if (traceId !== null) await findAlert(services, principal, traceId);
      const order = await services.orders.create(
        {
          deviceId,
          traceId,
          orderType: body.order_type,
          priority: body.priority,
          faultCategory: body.fault_category,
          title: body.title ?? body.description,
          description: body.description,
          assignedTo: body.assigned_to ?? null,
          estimatedHours: body.estimated_hours ?? null,
        },
        { principal, reason: null },
      );
      void reply.code(201);
      return workOrderToWire(order, language);
    },
  });
}

function patchOrder(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "PATCH",
    path: "/work-orders/:order_no",
    action: "orders.handle",
    tag: "Work orders",
    summary: "Change an order that is not closed",
    body: workOrderPatchIn,
    answer: workOrderOut,
    failures: [404, 409],
    handle: async (context) => {
      const { body, principal } = context;
      const { orderNo } = await findOrder(services, principal, param(context, "order_no"));
      const by = { principal, reason: body.reason ?? null };
      const order = await services.orders.patch(orderNo, patchFromWire(body), by);
      return workOrderToWire(order, context.language);
    },
  });
}

function patchFromWire(body: z.output<typeof workOrderPatchIn>): WorkOrderPatch {
  return {
    ...(body.priority === undefined ? {} : { priority: body.priority }),
    ...(body.order_type === undefined ? {} : { orderType: body.order_type }),
    ...(body.title === undefined ? {} : { title: body.title }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.assigned_to === undefined ? {} : { assignedTo: body.assigned_to }),
    ...(body.estimated_hours === undefined ? {} : { estimatedHours: body.estimated_hours }),
    ...(body.actual_hours === undefined ? {} : { actualHours: body.actual_hours }),
    ...(body.materials === undefined ? {} : { materials: body.materials }),
    ...(body.checklist === undefined ? {} : { checklist: body.checklist }),
  };
}

const moveNames = {
  approve: "Say yes to a proposed order",
  start: "Begin the work",
  hold: "Interrupt the work",
  cancel: "Give it up",
} as const;

function moves(services: ApiServices): readonly ApiRoute[] {
  const { orders } = services;
  const does: Record<keyof typeof moveNames, (orderNo: string, by: By) => Promise<WorkOrder>> = {
    approve: (orderNo, by) => orders.approve(orderNo, by),
    start: (orderNo, by) => orders.start(orderNo, by),
    hold: (orderNo, by) => orders.hold(orderNo, by),
    cancel: (orderNo, by) => orders.cancel(orderNo, by),
  };
  return (["approve", "start", "hold", "cancel"] as const).map((name) =>
    defineRoute({
      method: "POST",
      path: `/work-orders/:order_no/${name}`,
      action: "orders.handle",
      tag: "Work orders",
      summary: moveNames[name],
      body: reasonIn,
      answer: workOrderOut,
      failures: [404, 409],
      handle: async (context) => {
        const { principal, body } = context;
        const { orderNo } = await findOrder(services, principal, param(context, "order_no"));
        const order = await does[name](orderNo, { principal, reason: body.reason ?? null });
        return workOrderToWire(order, context.language);
      },
    }),
  );
}

function complete(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/work-orders/:order_no/complete",
    action: "orders.handle",
    tag: "Work orders",
    summary: "Close it with the verdict: was the alarm right, what was the cause, what fixed it",
    body: completeIn,
    answer: workOrderOut,
    failures: [404, 409],
    handle: async (context) => {
      const { principal, body } = context;
      const { orderNo } = await findOrder(services, principal, param(context, "order_no"));
      const order = await services.orders.complete(orderNo, {
        principal,
        reason: body.reason ?? null,
        verdict: body.verdict,
        actualHours: body.actual_hours ?? null,
        materials: body.materials ?? null,
      });
      return workOrderToWire(order, context.language);
    },
  });
}

function comment(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/work-orders/:order_no/comment",
    action: "orders.handle",
    tag: "Work orders",
    summary: "Write something about it",
    body: commentIn,
    answer: workOrderOut,
    failures: [404],
    handle: async (context) => {
      const { principal, body } = context;
      const { orderNo } = await findOrder(services, principal, param(context, "order_no"));
      await services.orders.comment(orderNo, { principal, text: body.text, reason: null });
      const after = await findOrder(services, principal, orderNo);
      return workOrderToWire(after, context.language);
    },
  });
}
