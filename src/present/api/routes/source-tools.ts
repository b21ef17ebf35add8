import {
  registerMapOut,
  sourceExportOut,
  sourceImportIn,
  sourceImportOut,
  sourcePreviewIn,
  sourcePreviewOut,
} from "../../../wire/source.ts";
import { bodyText } from "../body.ts";
import { oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { requireWholePlant } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { previewToWire } from "../source-forms.ts";

/** What helps to set sources up: a look at what one would bring, and their ways in and out as a file. */
export function sourceToolRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    preview(services),
    exportSources(services),
    importSources(services),
    readRegisterMap(services),
  ];
}

function preview({ sources }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/sources/preview",
    action: "sources.write",
    tag: "Sources",
    summary: "Open a source for a while and show what it brings; nothing is stored",
    body: sourcePreviewIn,
    answer: sourcePreviewOut,
    failures: [422, 501, 503],
    handle: async ({ body, principal, request }) => {
      requireWholePlant(principal);
      const gone = new AbortController();
      request.raw.socket.once("close", () => gone.abort());
      const { name, kind, options, secrets, secrets_of: secretsOf = null } = body;
      const draft = { name, kind, options, secrets, secretsOf };
      const limits = { durationMs: body.duration_ms, signal: gone.signal };
      return previewToWire(await sources.preview(draft, limits));
    },
  });
}

function exportSources({ sources }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/sources/export",
    action: "sources.write",
    tag: "Sources",
    summary: "The added sources as they would stand in the configuration file, without secrets",
    query: oneQuery({}),
    answer: sourceExportOut,
    handle: async ({ principal }) => {
      requireWholePlant(principal);
      return { yaml: await sources.exportYaml() };
    },
  });
}

function importSources({ sources }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/sources/import",
    action: "sources.write",
    tag: "Sources",
    summary: "Add or replace sources from YAML; tells of each what becomes of it",
    body: sourceImportIn,
    answer: sourceImportOut,
    failures: [422],
    handle: async ({ body, principal }) => {
      requireWholePlant(principal);
      const by = { principal, reason: null };
      const items = await sources.importYaml(body.yaml, { dryRun: body.dry_run, by });
      const count = (action: string): number =>
        items.filter((item) => item.action === action).length;
      return {
        dry_run: body.dry_run,
        created: count("create"),
        updated: count("update"),
        refused: count("refuse"),
        sources: items.map((item) => ({ ...item })),
      };
    },
  });
}

function readRegisterMap({ sources }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/sources/register-map",
    action: "sources.write",
    tag: "Sources",
    summary: "Read a Modbus register map from a table (CSV); errors are told row by row",
    bodyType: "text/csv",
    query: oneQuery({}),
    answer: registerMapOut,
    failures: [400, 413],
    handle: async ({ request }) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const { map, rows, errors } = sources.readRegisterMap(bodyText(body));
      return { map: map === null ? null : { ...map }, rows, errors: [...errors] };
    },
  });
}
