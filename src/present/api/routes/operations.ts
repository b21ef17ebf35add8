import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import { identifier, listOf, pageOf, rangeQuery, text } from "../../../wire/basics.ts";
import {
  auditOut,
  auditToWire,
  deliveryOut,
  deliveryToWire,
  quarantineOut,
  quarantineToWire,
} from "../../../wire/operations.ts";
import { ingestAnswerOut } from "../../../wire/reading.ts";
import { between, flag, listQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { notFound, visibleDeviceIds } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { findAlert } from "./alerts.ts";

/** Quarantine, audit, deliveries. */
export function operationRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    listQuarantine(services),
    replay(services),
    listAudit(services),
    listDeliveries(services),
  ];
}

function listQuarantine({ devices, records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/quarantine",
    action: "quarantine.read",
    tag: "Operations",
    summary: "What was refused, with raw bytes and reason; newest first",
    query: listQuery({
      code: text(50).optional(),
      device_id: identifier.optional(),
      source: text(100).optional(),
      replayed: flag.optional(),
      ...rangeQuery,
    }),
    answer: pageOf(quarantineOut),
    handle: async ({ query, principal }) => {
      const at = between(query.from, query.to);
      const page = await listPage(records, {
        table: "quarantine",
        where: {
          ...(query.code === undefined ? {} : { code: query.code }),
          ...onlyVisible(visibleDeviceIds(devices, principal), query.device_id),
          ...(query.source === undefined ? {} : { source: query.source }),
          ...(query.replayed === undefined
            ? {}
            : { replayedAt: query.replayed ? { not: null } : null }),
          ...(at === undefined ? {} : { at }),
        },
        order: { field: "at", fieldType: "number", id: "quarantineId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(quarantineToWire), page.nextCursor, query.limit);
    },
  });
}

/** Bytes that name no device are shown to those alone who see everything. */
function onlyVisible(visible: readonly string[] | null, asked: string | undefined) {
  if (visible === null) return asked === undefined ? {} : { deviceId: asked };
  return { deviceId: { in: visible.filter((id) => asked === undefined || id === asked) } };
}

function replay({ devices, ingest, quarantine }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/quarantine/:quarantine_id/replay",
    action: "quarantine.replay",
    tag: "Operations",
    summary: "Offer it to ingest again; what is still wrong stays in quarantine",
    body: z.strictObject({}),
    answer: ingestAnswerOut,
    failures: [404, 422, 503],
    handle: async (context) => {
      const quarantineId = param(context, "quarantine_id");
      const row = await quarantine.get(quarantineId);
      const deviceIds = visibleDeviceIds(devices, context.principal);
      if (deviceIds !== null && !deviceIds.includes(row.deviceId ?? ""))
        throw notFound("quarantined payload", quarantineId);
      const answer = await ingest.accept({
        body: Buffer.from(row.raw, "base64"),
        format: "json",
        source: "replay",
        deviceIds,
      });
      if (answer.accepted + answer.duplicates > 0) await quarantine.markReplayed(quarantineId);
      return answer;
    },
  });
}

function listAudit({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/audit",
    action: "audit.read",
    tag: "Operations",
    summary: "The hash-chained audit log, newest first",
    query: listQuery({
      actor: text(100).optional(),
      action: text(100).optional(),
      result: listOf(["ok", "refused"]).optional(),
      ...rangeQuery,
    }),
    answer: pageOf(auditOut),
    handle: async ({ query }) => {
      const at = between(query.from, query.to);
      const page = await listPage(records, {
        table: "audit_log",
        where: {
          ...(query.actor === undefined ? {} : { actor: query.actor }),
          ...(query.action === undefined ? {} : { action: query.action }),
          ...(query.result === undefined ? {} : { result: { in: query.result } }),
          ...(at === undefined ? {} : { at }),
        },
        order: { field: "number", fieldType: "number", id: "number", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(auditToWire), page.nextCursor, query.limit);
    },
  });
}

function listDeliveries(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/notifications",
    action: "notifications.read",
    tag: "Operations",
    summary: "The delivery journal, newest first",
    query: listQuery({
      trace_id: text(64).optional(),
      state: listOf(["PENDING", "DELIVERED", "FAILED"]).optional(),
      target: text(100).optional(),
    }),
    answer: pageOf(deliveryOut),
    handle: async ({ query, principal }) => {
      if (query.trace_id !== undefined) await findAlert(services, principal, query.trace_id);
      else if (visibleDeviceIds(services.devices, principal) !== null)
        throw new IaiError(
          "FORBIDDEN",
          "Cannot list all deliveries in your scope: give `trace_id`",
        );
      const page = await listPage(services.records, {
        table: "outbox",
        where: {
          kind: "notification",
          ...(query.trace_id === undefined ? {} : { traceId: query.trace_id }),
          ...(query.state === undefined ? {} : { state: { in: query.state } }),
          ...(query.target === undefined ? {} : { target: query.target }),
        },
        order: { field: "createdAt", fieldType: "number", id: "outboxId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      return pageAnswer(page.rows.map(deliveryToWire), page.nextCursor, query.limit);
    },
  });
}
