import { z } from "zod";
import { problemOut } from "../../wire/problem.ts";
import { readingsIn } from "../../wire/reading.ts";
import { actions } from "../access/role-matrix.ts";
import { problemType } from "./problems.ts";
import type { ApiRoute } from "./route.ts";

type Json = { [key: string]: unknown };

/** The document, as far as this code looks into it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly [more: string]: unknown;
  };
  readonly paths: { [path: string]: { [method: string]: Json } };
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
  readonly [more: string]: unknown;
}

/** OpenAPI 3.1 from the very schemas that validate: what is not in a route's entry is not in the document. */
export function createOpenApi(routes: readonly ApiRoute[], version: string): OpenApiDocument {
  const schemas = new SchemaBook();
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:([a-z_]+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "IAI",
      version,
      description:
        "Readings in; alarms, diagnoses and work orders out. JSON in snake_case, instants in ISO 8601. Lists have `items`, `next_cursor` and `limit`. Errors are `application/problem+json` with a stable `code`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "An API key, or the token that signing in gives",
        },
      },
      schemas: schemas.all(),
    },
  };
}

function operation(route: ApiRoute, schemas: SchemaBook): Json {
  const roles = route.action === null ? null : actions[route.action];
  const who = roles === null ? "Open to everybody." : `Roles: ${roles.join(", ")}.`;
  const success = String(route.status ?? 200);
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: who,
    ...(route.action === null ? { security: [] } : { "x-iai-action": route.action }),
    ...(roles === null ? {} : { "x-iai-roles": roles }),
    parameters: [...pathParameters(route), ...queryParameters(route, schemas)],
    ...requestBody(route, schemas),
    responses: { [success]: answer(route, schemas), ...failures(route, schemas) },
  };
}

function operationId(route: ApiRoute): string {
  const words = route.path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => (part.startsWith(":") ? `by_${part.slice(1)}` : part.replaceAll("-", "_")));
  return [route.method.toLowerCase(), ...words].join("_");
}

function pathParameters(route: ApiRoute): readonly Json[] {
  return [...route.path.matchAll(/:([a-z_]+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(route: ApiRoute, schemas: SchemaBook): readonly Json[] {
  if (route.query === null) return [];
  const { properties = {}, required = [] } = schemas.read(route.query, "input") as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function requestBody(route: ApiRoute, schemas: SchemaBook): Json {
  if (route.bodyType === "readings") {
    const schema = schemas.read(readingsIn, "input");
    const line = {
      schema: { type: "string", description: "One reading a line" },
    };
    const content = { "application/json": { schema }, "application/x-ndjson": line };
    const description =
      "At most 1 MiB and 1,000 readings, counted after decompression; gzip is read";
    return { requestBody: { required: true, description, content } };
  }
  if (route.bodyType === "text/csv")
    return {
      requestBody: { required: true, content: { "text/csv": { schema: { type: "string" } } } },
    };
  if (route.body === null) return {};
  const schema = schemas.read(route.body, "input");
  return { requestBody: { required: true, content: { "application/json": { schema } } } };
}

function answer(route: ApiRoute, schemas: SchemaBook): Json {
  if (route.answerType !== undefined)
    return {
      description: "Success",
      content: { [route.answerType]: { schema: { type: "string" } } },
    };
  if (route.answer === null) return { description: "Success" };
  const schema = schemas.read(route.answer, "output");
  return { description: "Success", content: { "application/json": { schema } } };
}

/** Statuses that every route can answer with, beside its own. */
function failures(route: ApiRoute, schemas: SchemaBook): Json {
  const statuses = new Set([...(route.failures ?? []), 500]);
  if (route.action !== null) for (const status of [401, 403]) statuses.add(status);
  if (route.query !== null || route.body !== null) statuses.add(422);
  const schema = schemas.read(problemOut, "output");
  const content = { [problemType.split(";")[0] ?? problemType]: { schema } };
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [String(status), { description: "What went wrong, by its code", content }]),
  );
}

/** Named schemas, each written once; a request and an answer of one name may differ in what is required. */
class SchemaBook {
  readonly #schemas = new Map<string, Json>();

  all(): Json {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  read(schema: z.ZodType, io: "input" | "output"): Json {
    const { $schema, $defs, ...root } = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
    }) as Json;
    const names = new Map<string, string>();
    const named = Object.entries(($defs ?? {}) as Record<string, Json>);
    for (const [name, definition] of named) names.set(name, this.#nameFor(name, definition, io));
    for (const [name, definition] of named) {
      const own = names.get(name) ?? name;
      this.#schemas.set(own, tidy(definition, names, io) as Json);
    }
    return tidy(root, names, io) as Json;
  }

  #nameFor(name: string, definition: Json, io: "input" | "output"): string {
    const known = this.#schemas.get(name);
    const same = JSON.stringify(known) === JSON.stringify(tidy(definition, new Map(), io));
    if (known === undefined || same) return name;
    return io === "input" && !name.endsWith("Input") ? `${name}Input` : name;
  }
}

/** References into `components`, without the bounds that only say "a safe integer". */
function tidy(node: unknown, names: ReadonlyMap<string, string>, io: "input" | "output"): unknown {
  if (Array.isArray(node)) return node.map((each) => tidy(each, names, io));
  if (typeof node !== "object" || node === null) return node;
  const out: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "$ref" && typeof value === "string") {
      const name = value.split("/").at(-1) ?? "";
      out[key] = `#/components/schemas/${names.get(name) ?? name}`;
    } else if (key === "id" && typeof value === "string") continue;
    else if (typeof value === "number" && Math.abs(value) === Number.MAX_SAFE_INTEGER) continue;
    // Answers may grow: a reader must not choke on a field that it does not know.
    else if (key === "additionalProperties" && value === false && io === "output") continue;
    else out[key] = tidy(value, names, io);
  }
  return out;
}
