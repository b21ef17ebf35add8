import type { Principal } from "../../../model/access.ts";
import { pageOf } from "../../../wire/basics.ts";
import { commentOut, commentToWire, historyOut, historyToWire } from "../../../wire/history.ts";
import { listQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import type { ApiServices } from "../services.ts";

interface StorySubject {
  readonly subject: "alert" | "order" | "device";
  /** Path of the one thing, e.g. `/alerts/:trace_id`. */
  readonly path: string;
  readonly idParam: string;
  readonly action: "alerts.read" | "orders.read" | "devices.read";
  readonly tag: string;
  /** The id, if this principal may see the thing; throws NOT_FOUND. */
  resolve(principal: Principal, id: string): Promise<string>;
}

/** Who did what to a thing, when and why, oldest first. */
export function historyRoute({ records }: ApiServices, about: StorySubject): ApiRoute {
  const { subject, path, idParam, action, tag, resolve } = about;
  return defineRoute({
    method: "GET",
    path: `${path}/history`,
    action,
    tag,
    summary: "Every change with actor and reason, oldest first",
    query: listQuery({}),
    answer: pageOf(historyOut),
    failures: [404],
    handle: async (context) => {
      const { cursor, limit } = context.query;
      const subjectId = await resolve(context.principal, param(context, idParam));
      const page = await listPage(records, {
        table: "history",
        where: { subject, subjectId },
        order: { field: "at", fieldType: "number", id: "historyId", direction: "asc" },
        cursor,
        limit,
      });
      return pageAnswer(page.rows.map(historyToWire), page.nextCursor, limit);
    },
  });
}

/** What people wrote about an alarm or an order, oldest first. */
export function commentsRoute(
  { records }: ApiServices,
  about: StorySubject & { readonly subject: "alert" | "order" },
): ApiRoute {
  const { subject, path, idParam, action, tag, resolve } = about;
  return defineRoute({
    method: "GET",
    path: `${path}/comments`,
    action,
    tag,
    summary: "Comments, oldest first",
    query: listQuery({}),
    answer: pageOf(commentOut),
    failures: [404],
    handle: async (context) => {
      const { cursor, limit } = context.query;
      const subjectId = await resolve(context.principal, param(context, idParam));
      const page = await listPage(records, {
        table: "comment",
        where: { subject, subjectId },
        order: { field: "at", fieldType: "number", id: "commentId", direction: "asc" },
        cursor,
        limit,
      });
      return pageAnswer(page.rows.map(commentToWire), page.nextCursor, limit);
    },
  });
}
