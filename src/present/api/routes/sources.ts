import { pageOf } from "../../../wire/basics.ts";
import { sourceDetailOut, sourceIn, sourceOut, sourcePatchIn } from "../../../wire/source.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { requireWholePlant } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { sourceDetailToWire, sourceToWire } from "../source-forms.ts";
import { sourceToolRoutes } from "./source-tools.ts";

/** The plant's own protocols: which sources there are, how each stands, and their changes while they run. */
export function sourceRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    listSources(services),
    ...sourceToolRoutes(services),
    getSource(services),
    postSource(services),
    patchSource(services),
    deleteSource(services),
    switchSource(services, "start"),
    switchSource(services, "stop"),
  ];
}

function listSources({ sources, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/sources",
    action: "system.read",
    tag: "Sources",
    summary: "Sources of readings: state, rate, errors, age of the last value",
    query: listQuery({}),
    answer: pageOf(sourceOut),
    handle: async ({ query }) => {
      const now = clock.now();
      const items = (await sources.list()).map((source) => sourceToWire(source, now));
      return pageAnswer(items.slice(0, query.limit), null, query.limit);
    },
  });
}

function getSource({ sources, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/sources/:name",
    action: "system.read",
    tag: "Sources",
    summary: "One source with its options, the errors of its tags and the clocks of its devices",
    query: oneQuery({}),
    answer: sourceDetailOut,
    failures: [404],
    handle: async (context) =>
      sourceDetailToWire(await sources.get(param(context, "name")), {
        now: clock.now(),
        role: context.principal.role,
      }),
  });
}

function postSource({ sources, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/sources",
    action: "sources.write",
    tag: "Sources",
    summary: "Add a source; it starts at once unless it says otherwise",
    body: sourceIn,
    answer: sourceDetailOut,
    status: 201,
    failures: [409, 422],
    handle: async ({ body, principal, reply }) => {
      requireWholePlant(principal);
      const source = await sources.create(body, { principal, reason: null });
      void reply.code(201);
      return sourceDetailToWire(source, { now: clock.now(), role: principal.role });
    },
  });
}

function patchSource({ sources, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "PATCH",
    path: "/sources/:name",
    action: "sources.write",
    tag: "Sources",
    summary: "Change a source; it is closed and opened anew, and nothing it holds is lost",
    body: sourcePatchIn,
    answer: sourceDetailOut,
    failures: [404, 409, 422],
    handle: async (context) => {
      const { principal, body } = context;
      requireWholePlant(principal);
      const by = { principal, reason: null };
      const source = await sources.patch(param(context, "name"), body, by);
      return sourceDetailToWire(source, { now: clock.now(), role: principal.role });
    },
  });
}

function deleteSource({ sources }: ApiServices): ApiRoute {
  return defineRoute({
    method: "DELETE",
    path: "/sources/:name",
    action: "sources.write",
    tag: "Sources",
    summary: "Remove a source; its devices and readings stay",
    answer: null,
    status: 204,
    failures: [404, 409],
    handle: async (context) => {
      const { principal, reply } = context;
      requireWholePlant(principal);
      await sources.remove(param(context, "name"), { principal, reason: null });
      void reply.code(204);
      return null;
    },
  });
}

function switchSource({ sources, clock }: ApiServices, word: "start" | "stop"): ApiRoute {
  return defineRoute({
    method: "POST",
    path: `/sources/:name/${word}`,
    action: "sources.write",
    tag: "Sources",
    summary: word === "start" ? "Start a source" : "Stop a source; it stays stopped until started",
    answer: sourceDetailOut,
    failures: [404, 409],
    handle: async (context) => {
      const { principal } = context;
      requireWholePlant(principal);
      const by = { principal, reason: null };
      const source = await sources.setEnabled(param(context, "name"), word === "start", by);
      return sourceDetailToWire(source, { now: clock.now(), role: principal.role });
    },
  });
}
