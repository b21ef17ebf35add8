import type { AlertRow, IncidentRow } from "../../../model/records.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import { identifier, pageOf, rangeQuery } from "../../../wire/basics.ts";
import { incidentOut, incidentToWire } from "../../../wire/incident.ts";
import { between, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { isInScope, notFound } from "../scope.ts";
import type { ApiServices } from "../services.ts";

/** Alarms of one incident that are told; a storm of more has the rest in the list of alarms. */
const MEMBERS_MAX = 1_000;

/** Alarm storms. */
export function incidentRoutes(services: ApiServices): readonly ApiRoute[] {
  return [listIncidents(services), getIncident(services)];
}

function listIncidents({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/incidents",
    action: "alerts.read",
    tag: "Alarms",
    summary: "Alarm storms: at least five devices of a line within 30 s, newest first",
    query: listQuery({ line_id: identifier.optional(), ...rangeQuery }),
    answer: pageOf(incidentOut),
    handle: async ({ query, principal }) => {
      const openedAt = between(query.from, query.to);
      const { factoryId, lineId } = principal;
      const onLine = lineId ?? query.line_id;
      const page = await listPage(records, {
        table: "incident",
        where: {
          ...(factoryId === null ? {} : { factoryId }),
          ...(onLine === undefined ? {} : { lineId: onLine }),
          ...(openedAt === undefined ? {} : { openedAt }),
        },
        order: { field: "openedAt", fieldType: "number", id: "incidentId", direction: "desc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const items = await withMembers(records, page.rows);
      const seen = items.flatMap(({ incident, members }) => {
        const visible = members.filter((row) => isInScope(principal, row));
        return visible.length === 0 ? [] : [incidentToWire(incident, visible)];
      });
      return pageAnswer(seen, page.nextCursor, query.limit);
    },
  });
}

function getIncident({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/incidents/:incident_id",
    action: "alerts.read",
    tag: "Alarms",
    summary: "One alarm storm with its alarms",
    query: oneQuery({}),
    answer: incidentOut,
    failures: [404],
    handle: async (context) => {
      const incidentId = param(context, "incident_id");
      const row = await records.read((tx) => tx.find("incident", { incidentId }));
      const [found] = row === null ? [] : await withMembers(records, [row]);
      const visible = found?.members.filter((one) => isInScope(context.principal, one)) ?? [];
      if (found === undefined || visible.length === 0) throw notFound("incident", incidentId);
      return incidentToWire(found.incident, visible);
    },
  });
}

interface WithMembers {
  readonly incident: IncidentRow;
  /** In the order in which they came. */
  readonly members: readonly AlertRow[];
}

async function withMembers(
  records: Pick<RecordStore, "read">,
  incidents: readonly IncidentRow[],
): Promise<readonly WithMembers[]> {
  return records.read(async (tx) => {
    const found: WithMembers[] = [];
    for (const incident of incidents) {
      const { incidentId } = incident;
      const members = await tx.list("alert_log", {
        where: { incidentId },
        orderBy: [
          ["openedAt", "asc"],
          ["traceId", "asc"],
        ],
        limit: MEMBERS_MAX,
      });
      found.push({ incident, members });
    }
    return found;
  });
}
