import { pageOf, text } from "../../../wire/basics.ts";
import { knowledgeFromWire, knowledgeIn, knowledgeOut, knowledgeToWire } from "../../../wire/kb.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { notFound } from "../scope.ts";
import type { ApiServices } from "../services.ts";

/** The maintenance knowledge base. */
export function knowledgeRoutes(services: ApiServices): readonly ApiRoute[] {
  return [searchKnowledge(services), getEntry(services), postEntry(services), putEntry(services)];
}

function searchKnowledge({ knowledge, records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb",
    action: "knowledge.read",
    tag: "Knowledge",
    summary: "Entries that answer a query, best first; without one all entries by id",
    query: listQuery({
      query: text(500).optional().describe("Words in Chinese or English"),
      device_type: text(50).optional(),
    }),
    answer: pageOf(knowledgeOut),
    handle: async ({ query, language }) => {
      if (query.query !== undefined && query.query.trim() !== "") {
        const found = await knowledge.search({
          query: query.query,
          deviceType: query.device_type ?? null,
          limit: query.limit,
        });
        const items = found.map((entry) => knowledgeToWire(entry, language));
        return pageAnswer(items, null, query.limit);
      }
      const page = await listPage(records, {
        table: "maintenance_kb",
        where: query.device_type === undefined ? {} : { deviceType: query.device_type },
        order: { field: "kbId", fieldType: "string", id: "kbId", direction: "asc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const items = page.rows.map((entry) => knowledgeToWire(entry, language));
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}

function getEntry({ records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb/:kb_id",
    action: "knowledge.read",
    tag: "Knowledge",
    summary: "One entry",
    query: oneQuery({}),
    answer: knowledgeOut,
    failures: [404],
    handle: async (context) => {
      const kbId = param(context, "kb_id");
      const entry = await records.read((tx) => tx.find("maintenance_kb", { kbId }));
      if (entry === null) throw notFound("entry", kbId);
      return knowledgeToWire(entry, context.language);
    },
  });
}

function postEntry({ knowledge }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/kb",
    action: "knowledge.write",
    tag: "Knowledge",
    summary: "Write an entry",
    body: knowledgeIn,
    answer: knowledgeOut,
    status: 201,
    handle: async ({ body, principal, language, reply }) => {
      const by = { principal, reason: null };
      const entry = await knowledge.create(knowledgeFromWire(body), by);
      void reply.code(201);
      return knowledgeToWire(entry, language);
    },
  });
}

function putEntry({ knowledge }: ApiServices): ApiRoute {
  return defineRoute({
    method: "PUT",
    path: "/kb/:kb_id",
    action: "knowledge.write",
    tag: "Knowledge",
    summary: "Replace an entry by its next version",
    body: knowledgeIn,
    answer: knowledgeOut,
    failures: [404],
    handle: async (context) => {
      const by = { principal: context.principal, reason: null };
      const content = knowledgeFromWire(context.body);
      const entry = await knowledge.put(param(context, "kb_id"), content, by);
      return knowledgeToWire(entry, context.language);
    },
  });
}
