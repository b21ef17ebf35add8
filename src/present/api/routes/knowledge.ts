import { z } from "zod";
import type { Symptom } from "../../../pipeline/diagnose/knowledge/symptoms.ts";
import { pageOf, text, toIso } from "../../../wire/basics.ts";
import {
  knowledgeFromWire,
  knowledgeIn,
  knowledgeOut,
  knowledgePutIn,
  knowledgeToWire,
  knowledgeVersionOut,
} from "../../../wire/kb.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { listPage } from "../record-pages.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import type { ApiServices } from "../services.ts";
import { knowledgeTableRoutes } from "./knowledge-table.ts";

/** The maintenance knowledge base. */
export function knowledgeRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    searchKnowledge(services),
    ...knowledgeTableRoutes(services),
    getEntry(services),
    getVersions(services),
    postEntry(services),
    putEntry(services),
    move(services, { verb: "promote", status: "ACTIVE", summary: "Put an entry in force" }),
    move(services, { verb: "retire", status: "RETIRED", summary: "Take an entry out of force" }),
  ];
}

const symptom = /^([A-Za-z0-9_.:-]{1,50}):(up|down|steady|noisy|stuck)$/;

/** `vibration:up,temperature:steady` */
const symptomsIn = text(1000)
  .transform((words) => words.split(",").map((word) => word.trim()))
  .pipe(z.array(z.string().regex(symptom, "must be metric:up|down|steady|noisy|stuck")).max(50))
  .describe("What the readings show, e.g. `vibration:up,temperature:steady`: ranks by signs too");

function symptomOf(word: string): readonly Symptom[] {
  const [, metric, direction] = symptom.exec(word) ?? [];
  if (metric === undefined || direction === undefined) return [];
  return [{ metric, direction: direction as Symptom["direction"] }];
}

function searchKnowledge({ knowledge, records }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb",
    action: "knowledge.read",
    tag: "Knowledge",
    summary:
      "Entries that answer a query, best first, with what waits for a person below the rest; without one all by id",
    query: listQuery({
      query: text(500).optional().describe("Words in Chinese or English"),
      device_type: text(50)
        .optional()
        .describe("With a query: its own entries and those of all machines"),
      symptoms: symptomsIn.optional(),
      status: z.enum(["ACTIVE", "PROPOSED", "RETIRED"]).optional().describe("Without a query"),
    }),
    answer: pageOf(knowledgeOut),
    handle: async ({ query, language }) => {
      if (query.query !== undefined && query.query.trim() !== "") {
        const found = await knowledge.search({
          query: query.query,
          deviceType: query.device_type ?? null,
          limit: query.limit,
          symptoms: (query.symptoms ?? []).flatMap(symptomOf),
          includeProposed: true,
        });
        const items = found.map((entry) => knowledgeToWire(entry, language));
        return pageAnswer(items, null, query.limit);
      }
      const page = await listPage(records, {
        table: "maintenance_kb",
        where: {
          ...(query.device_type === undefined ? {} : { deviceType: query.device_type }),
          ...(query.status === undefined ? {} : { status: query.status }),
        },
        order: { field: "kbId", fieldType: "string", id: "kbId", direction: "asc" },
        cursor: query.cursor,
        limit: query.limit,
      });
      const items = page.rows.map((entry) => knowledgeToWire(entry, language));
      return pageAnswer(items, page.nextCursor, query.limit);
    },
  });
}

function getEntry({ knowledge }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb/:kb_id",
    action: "knowledge.read",
    tag: "Knowledge",
    summary: "One entry",
    query: oneQuery({}),
    answer: knowledgeOut,
    failures: [404],
    handle: async (context) =>
      knowledgeToWire(await knowledge.get(param(context, "kb_id")), context.language),
  });
}

function getVersions({ knowledge }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/kb/:kb_id/versions",
    action: "knowledge.read",
    tag: "Knowledge",
    summary: "An entry as it is and as it was, newest first",
    query: oneQuery({}),
    answer: z.object({ items: z.array(knowledgeVersionOut) }),
    failures: [404],
    handle: async (context) => {
      const versions = await knowledge.versions(param(context, "kb_id"));
      const items = versions.map(({ version, replaced, entry }) => ({
        version,
        replaced: replaced === null ? null : { ...replaced, at: toIso(replaced.at) },
        entry: knowledgeToWire(entry, context.language),
      }));
      return { items };
    },
  });
}

function postEntry({ knowledge }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/kb",
    action: "knowledge.write",
    tag: "Knowledge",
    summary: "Write an entry; one with source AI_GENERATED waits for a person to promote it",
    body: knowledgeIn,
    answer: knowledgeOut,
    status: 201,
    handle: async ({ body, principal, language, reply }) => {
      const by = { principal, reason: null };
      const content = knowledgeFromWire(body);
      const status = content.source === "AI_GENERATED" ? "PROPOSED" : content.status;
      const entry = await knowledge.create({ ...content, status }, by);
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
    body: knowledgePutIn,
    answer: knowledgeOut,
    failures: [404, 409],
    handle: async (context) => {
      const { expected_version, reason = null, ...body } = context.body;
      const expected = expected_version === undefined ? {} : { expectedVersion: expected_version };
      const by = { principal: context.principal, reason, ...expected };
      const entry = await knowledge.put(param(context, "kb_id"), knowledgeFromWire(body), by);
      return knowledgeToWire(entry, context.language);
    },
  });
}

function move(
  { knowledge }: ApiServices,
  given: {
    readonly verb: string;
    readonly status: "ACTIVE" | "RETIRED";
    readonly summary: string;
  },
): ApiRoute {
  return defineRoute({
    method: "POST",
    path: `/kb/:kb_id/${given.verb}`,
    action: "knowledge.write",
    tag: "Knowledge",
    summary: given.summary,
    body: z.strictObject({ reason: text(500).optional() }),
    answer: knowledgeOut,
    failures: [404],
    handle: async (context) => {
      const by = { principal: context.principal, reason: context.body.reason ?? null };
      const entry = await knowledge.setStatus(param(context, "kb_id"), given.status, by);
      return knowledgeToWire(entry, context.language);
    },
  });
}
