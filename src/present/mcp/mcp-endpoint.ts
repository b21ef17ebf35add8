import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { IaiError } from "../../kernel/errors.ts";
import { bodyJson } from "../api/body.ts";
import { createRateLimit, type RateLimit } from "../api/rate-limit.ts";
import { requireNoForeignOrigin } from "../api/security.ts";
import type { ApiServices } from "../api/services.ts";
import type { McpHost } from "./mcp-host.ts";
import { type Scope, scopes, scopesOf } from "./scopes.ts";
import { mcpTools } from "./tools.ts";

export const MCP_PATH = "/mcp";
const METADATA_PATH = "/.well-known/oauth-protected-resource";

export interface McpOptions {
  /** False: the tools that write proposals are not there. */
  readonly proposals: boolean;
  /** Of one key or user; a model that calls tools in a loop needs a few. */
  readonly requestsPerSecond: number;
  /** What answers behind the guards; null: IAI's own tools. */
  readonly open: OpenMcpHost | null;
}

const defaults: McpOptions = { proposals: true, requestsPerSecond: 50, open: null };

/** What a server under the same guards is mounted with; loaded at the first request, not at the start. */
export type OpenMcpHost = () => Promise<McpHost>;

/**
 * `/mcp` (streamable HTTP, 2026-07-28 and the 2025 revisions) and its protected-resource metadata.
 * - Host and Origin are checked before anything else, then the bearer key or token; cookies count for nothing here.
 * - A tool outside the role's scopes is refused with 403 `insufficient_scope` before the protocol sees it.
 */
export function mountMcp(
  app: FastifyInstance,
  services: ApiServices,
  options: Partial<McpOptions> = {},
): void {
  const { proposals, requestsPerSecond, open } = { ...defaults, ...options };
  let opened: Promise<McpHost> | null = null;
  const host = (): Promise<McpHost> => {
    opened ??= open === null ? openOwnHost(services, proposals) : open();
    return opened;
  };
  app.addHook("onClose", async () => {
    await (await opened)?.close();
  });
  const rateLimit = createRateLimit(services.clock, requestsPerSecond, "MCP requests");
  for (const url of [METADATA_PATH, `${METADATA_PATH}${MCP_PATH}`])
    app.get(url, async (request, reply) => {
      void reply.header("cache-control", "public, max-age=300");
      return metadataOf(request);
    });
  app.route({
    method: ["GET", "POST", "DELETE"],
    url: MCP_PATH,
    onRequest: (request, reply) => admit(services, rateLimit, { request, reply }),
    handler: async (request, reply) => {
      const body = request.method === "POST" ? readMessage(request) : { message: undefined };
      if ("broken" in body) return reply.code(400).send(body.broken);
      await requireScopes(services, { request, reply }, body.message);
      const answer = await (await host()).answer(webRequest(request, reply), {
        principal: request.principal,
        origin: request.ip,
        body: body.message,
      });
      return send(reply, answer);
    },
  });
}

/** Loads the protocol's library only when somebody speaks it. */
async function openOwnHost(services: ApiServices, proposals: boolean): Promise<McpHost> {
  return (await import("./mcp-host.ts")).createMcpHost(services, { proposals });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function admit(
  { access }: ApiServices,
  rateLimit: RateLimit,
  { request, reply }: Exchange,
): Promise<void> {
  void reply.header("cache-control", "no-store");
  requireNoForeignOrigin(request);
  const authorization = request.headers.authorization ?? null;
  const principal = await access.authenticate({ authorization, cookie: null, origin: request.ip });
  if (principal === null) {
    const error = authorization === null ? "" : ', error="invalid_token"';
    challenge({ request, reply }, `scope="iai:read"${error}`);
    const message = "Cannot speak MCP: no valid key or token came with it; nothing was done";
    throw new IaiError("UNAUTHENTICATED", message);
  }
  request.principal = principal;
  rateLimit.admit(principal.id);
  rateLimit.charge(principal.id, 1);
  if (!scopesOf(principal).includes("iai:read")) throw insufficient({ request, reply }, "iai:read");
}

function challenge({ request, reply }: Exchange, rest: string): void {
  const metadata = `${originOf(request)}${METADATA_PATH}${MCP_PATH}`;
  const value = `Bearer realm="iai", ${rest}, resource_metadata="${metadata}"`;
  void reply.header("www-authenticate", value);
}

function insufficient({ request, reply }: Exchange, scope: Scope): IaiError {
  challenge({ request, reply }, `error="insufficient_scope", scope="${scope}"`);
  const message = `Cannot do this as "${request.principal.role}": it needs the scope "${scope}"; nothing was done`;
  return new IaiError("FORBIDDEN", message, { data: { scope } });
}

/** The message, or what the protocol says to something that is none. */
function readMessage(
  request: FastifyRequest,
): { readonly message: unknown } | { readonly broken: object } {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    if (bytes.length > 0) return { message: bodyJson(bytes) };
  } catch (failure) {
    if (!(failure instanceof IaiError)) throw failure;
    return { broken: parseError(failure.message) };
  }
  return { broken: parseError("Cannot read the message: it is empty, nothing was done") };
}

function parseError(message: string): object {
  return { jsonrpc: "2.0", id: null, error: { code: -32_700, message } };
}

/** Refuses a call of a known tool that the role does not have, and writes down who tried. */
async function requireScopes(
  services: ApiServices,
  exchange: Exchange,
  message: unknown,
): Promise<void> {
  const { principal, ip } = exchange.request;
  const granted = scopesOf(principal);
  for (const called of calledTools(message)) {
    const tool = mcpTools.find(({ name }) => name === called);
    if (tool === undefined || granted.includes(tool.scope)) continue;
    await services.audit.append({
      actor: principal.name,
      origin: ip,
      action: tool.action,
      subject: `MCP ${tool.name}`,
      result: "refused",
      detail: { role: principal.role },
    });
    throw insufficient(exchange, tool.scope);
  }
}

function calledTools(message: unknown): readonly unknown[] {
  const messages: readonly unknown[] = Array.isArray(message) ? message : [message];
  return messages.flatMap((item) => {
    const { method, params } = (item ?? {}) as { method?: unknown; params?: { name?: unknown } };
    return method === "tools/call" ? [params?.name] : [];
  });
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host ?? ""}`;
}

/** RFC 9728. There is no authorization server: keys and tokens come from IAI's own administration. */
function metadataOf(request: FastifyRequest) {
  return {
    resource: `${originOf(request)}${MCP_PATH}`,
    resource_name: "IAI",
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    resource_documentation: `${originOf(request)}/docs`,
  };
}

/** The request for the protocol's library: without credentials, aborted when the client goes. */
function webRequest(request: FastifyRequest, reply: FastifyReply): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name === "authorization" || name === "cookie") continue;
    headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return new Request(`${originOf(request)}${request.url}`, {
    method: request.method,
    headers,
    signal: gone.signal,
  });
}

function send(reply: FastifyReply, answer: Response): FastifyReply {
  void reply.code(answer.status);
  for (const [name, value] of answer.headers) void reply.header(name, value);
  if (answer.body === null) return reply.send();
  return reply.send(Readable.fromWeb(answer.body as ReadableStream));
}
