import { identifier, listOf, pageOf, rangeQuery } from "../../../wire/basics.ts";
import { reportOut, reportToWire } from "../../../wire/report.ts";
import { between, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { notFound, visibleDeviceIds } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { findAlert } from "./alerts.ts";

/** Diagnosis reports. */
export function reportRoutes(services: ApiServices): readonly ApiRoute[] {
  return [getReport(services), listReports(services)];
}

function getReport(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/alerts/:trace_id/report",
    action: "alerts.read",
    tag: "Alarms",
    summary: "The diagnosis report of an alarm; 404 until there is one",
    query: oneQuery({}),
    answer: reportOut,
    failures: [404],
    handle: async (context) => {
      const { traceId } = await findAlert(services, context.principal, param(context, "trace_id"));
      const report = await services.records.read((tx) => tx.find("diagnosis_report", { traceId }));
      if (report === null) throw notFound("report of the alarm", traceId);
      return reportToWire(report, context.language);
    },
  });
}

function listReports({ records, devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/reports",
    action: "alerts.read",
    tag: "Alarms",
    summary: "Diagnosis reports, newest first",
    query: listQuery({
      device_id: identifier.optional(),
      severity: listOf(["CRITICAL", "HIGH", "MEDIUM", "LOW"]).optional(),
      ...rangeQuery,
    }),
    answer: pageOf(reportOut),
    handle: async ({ query, principal, language }) => {
      const createdAt = between(query.from, query.to);
      const visible = visibleDeviceIds(devices, principal);
      const asked = query.device_id;
      const scoped =
        visible === null || (asked !== undefined && visible.includes(asked))
          ? asked
          : { in: asked === undefined ? visible : [] };
      const page = await listPage(records, {
        table: "diagnosis_report",
        where: {
          ...(query.severity === undefined ? {} : { severity: { in: query.severity } }),
          ...(createdAt === undefined ? {} : { createdAt }),
          ...(scoped === undefined ? {} : { deviceId: scoped }),
        },
        order: { field: "createdAt", fieldType: "number", id: "traceId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const items = page.rows.map((report) => reportToWire(report, language));
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}
