import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import type { Language } from "../../wire/basics.ts";
import type { Action } from "../access/role-matrix.ts";
import { bodyJson } from "./body.ts";
import { invalidRequest } from "./problems.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a handler is given: everything validated, and who asks. */
export interface RouteContext<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly principal: Principal;
  readonly language: Language;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a route is for: one entry feeds the router, the validation, the role check and the documentation. */
export interface RouteDescription {
  readonly method: Method;
  /** Below `/api/v1`, e.g. `/devices/:device_id`. */
  readonly path: string;
  /** null: open to everybody (signing in). */
  readonly action: Action | null;
  readonly tag: string;
  readonly summary: string;
  /** Media type of the body; JSON where it is not said. */
  readonly bodyType?: "application/json" | "text/csv" | "readings";
  /** Schema of a success; null: no content or not JSON. */
  readonly answer: z.ZodType | null;
  readonly answerType?: "application/json" | "text/csv" | "text/event-stream";
  /** Status of a success; 200 where it is not said. */
  readonly status?: number;
  /** True where the station writes the audit entry itself, with what it alone knows. */
  readonly auditedByStation?: boolean;
  /** Statuses of failures beyond those that every route has. */
  readonly failures?: readonly number[];
}

/** A route as the server mounts it. */
export interface ApiRoute extends RouteDescription {
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  run(request: FastifyRequest, reply: FastifyReply, principal: Principal): Promise<unknown>;
}

interface RouteParts<Q extends z.ZodType, B extends z.ZodType> extends RouteDescription {
  readonly query?: Q;
  readonly body?: B;
  handle(context: RouteContext<z.output<Q>, z.output<B>>): Promise<unknown>;
}

/** A route whose handler sees validated input only. */
export function defineRoute<
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(parts: RouteParts<Q, B>): ApiRoute {
  const { query, body, handle, ...description } = parts;
  return {
    ...description,
    query: query ?? null,
    body: body ?? null,
    run: (request, reply, principal) =>
      handle({
        params: request.params as Record<string, string>,
        query: parse(query, request.query) as z.output<Q>,
        body: parse(body, readJson(request, body)) as z.output<B>,
        principal,
        language: languageOf(request),
        request,
        reply,
      }),
  };
}

function parse(schema: z.ZodType | undefined, input: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data;
}

function readJson(request: FastifyRequest, schema: z.ZodType | undefined): unknown {
  if (schema === undefined) return undefined;
  return bodyJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
}

/** `lang` in the query, else what the browser prefers, else English. */
export function languageOf(request: FastifyRequest): Language {
  const { lang } = request.query as { readonly lang?: string };
  if (lang === "zh" || lang === "en") return lang;
  return /^\s*zh/i.test(request.headers["accept-language"] ?? "") ? "zh" : "en";
}

/** A parameter of the path; it is there because the path names it. */
export function param(
  context: { readonly params: Readonly<Record<string, string>> },
  name: string,
): string {
  const value = context.params[name];
  if (value === undefined) throw new IaiError("INTERNAL", `Cannot route: no parameter "${name}"`);
  return value;
}
