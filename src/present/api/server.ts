import fastifySwagger, { type StaticDocumentSpec } from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import { mayDo } from "../access/role-matrix.ts";
import { type McpOptions, mountMcp } from "../mcp/mcp-endpoint.ts";
import { readBody } from "./body.ts";
import { mountConsole, type ServeConsole } from "./console-files.ts";
import { mountHealth } from "./health-routes.ts";
import { createMetrics } from "./metrics.ts";
import { createOpenApi, type OpenApiDocument } from "./open-api.ts";
import { asApiError, problemOf, problemType } from "./problems.ts";
import { createRateLimit } from "./rate-limit.ts";
import { type RouteConfig, requireMediaType } from "./request-body.ts";
import type { ApiRoute } from "./route.ts";
import { readCookie, sessionCookie } from "./routes/session.ts";
import { apiRoutes } from "./routes.ts";
import {
  contentSecurityPolicy,
  isLoopback,
  requireKnownHost,
  requireOwnOrigin,
  securityHeaders,
} from "./security.ts";
import type { ApiServices } from "./services.ts";
import { answerBrokenRequests } from "./socket-errors.ts";

export interface ApiServerOptions {
  /** Names the server answers to beside addresses and localhost. */
  readonly hosts: readonly string[];
  /** True behind TLS: cookies are then `Secure` and bound to the host. */
  readonly secureCookies: boolean;
  readonly maxConnections: number;
  /** Readings a second that one key may send; 0: no limit. */
  readonly readingsPerSecond: number;
  /** Largest body of a request after decompression. */
  readonly maxBodyBytes: number;
  /** PEM texts; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** The built console to serve beside the API; null: the API alone. */
  readonly console: { readonly distDir: string } | null;
  /** How `/mcp` answers on the API port, where it differs from the default. */
  readonly mcp?: Partial<McpOptions>;
}

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal;
  }
  interface FastifyContextConfig {
    iai?: RouteConfig;
  }
}

/** Stands for the caller of a route that is open to everybody. */
const anybody: Principal = {
  id: "anybody",
  name: "anybody",
  role: "viewer",
  kind: "system",
  deviceIds: [],
  factoryId: null,
  lineId: null,
};

/**
 * The HTTP server, not yet listening; one factory for the API port and the console port.
 * - Deny by default: a route below `/api/v1` exists only with an action, and the action decides the roles.
 * - Every failure is `application/problem+json`; every answer, failures included, carries the security headers.
 */
export async function createApiServer(
  services: ApiServices,
  options: ApiServerOptions,
): Promise<FastifyInstance> {
  const app = newFastify(services, options);
  const cookie = sessionCookie(options.secureCookies);
  const identify = (request: FastifyRequest): Promise<Principal | null> =>
    services.access.authenticate({
      authorization: request.headers.authorization ?? null,
      cookie: request.headers.cookie === undefined ? null : readCookie(request, cookie),
      origin: request.ip,
    });
  const rateLimit = createRateLimit(services.clock, options.readingsPerSecond);
  const routes = apiRoutes(services, { cookie, identify, rateLimit });
  const metrics = createMetrics(services);

  app.decorateRequest("principal");
  guard(app, services, { options, identify });
  answerFailures(app, services);
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "other";
    metrics.observe(route, reply.statusCode, reply.elapsedTime / 1_000);
  });
  acceptBodies(app);
  await mountDocs(app, createOpenApi(routes, services.health.version));
  const gate = async (request: FastifyRequest): Promise<void> => {
    if (!isLoopback(request)) requireAllowed(await identify(request), "system.read");
  };
  mountHealth(app, services, { gate, metrics });
  for (const route of routes) mountRoute(app, services, { route, options });
  if (options.console === null) mountMcp(app, services, options.mcp);
  const nonce = (): string => services.ids.secret(16);
  const serve =
    options.console === null ? null : await mountConsole(app, { ...options.console, nonce });
  answerUnknown(app, routes, serve);
  return app;
}

function newFastify(services: ApiServices, options: ApiServerOptions): FastifyInstance {
  const prefix = services.ids.next().toLowerCase();
  let count = 0;
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // Bodies are counted where they are read, after decompression.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: 10_000, maxHeaderSize: 16_384, connectionsCheckingInterval: 2_000 },
    genReqId: () => {
      count += 1;
      return `${prefix}-${count.toString(36)}`;
    },
    ...(options.tls === null ? {} : { https: options.tls }),
    frameworkErrors: (failure, request, reply) => {
      void reply.headers(securityHeaders);
      sendProblem(services, { failure, request, reply });
    },
    clientErrorHandler: answerBrokenRequests,
  });
  app.server.maxConnections = options.maxConnections;
  return app;
}

interface Guarding {
  readonly options: ApiServerOptions;
  readonly identify: (request: FastifyRequest) => Promise<Principal | null>;
}

/** Before anything of the body is read: headers, host, origin, who it is, whether they may. */
function guard(app: FastifyInstance, services: ApiServices, { options, identify }: Guarding): void {
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(securityHeaders);
    requireKnownHost(request.headers.host, options);
    requireOwnOrigin(request);
    const route = request.routeOptions.config.iai?.route;
    if (route === undefined) return;
    void reply.header("cache-control", "no-store");
    request.principal = anybody;
    if (route.action === null) return;
    const principal = await identify(request);
    try {
      request.principal = requireAllowed(principal, route.action);
    } catch (failure) {
      if (principal !== null && route.method !== "GET")
        await audit(services, { request, route, principal, result: "refused" });
      if (principal === null) void reply.header("www-authenticate", 'Bearer realm="iai"');
      throw failure;
    }
  });
}

function requireAllowed(
  principal: Principal | null,
  action: Parameters<typeof mayDo>[1],
): Principal {
  if (principal === null) {
    const message =
      "Cannot answer: no valid key or session came with the request; nothing was done";
    throw new IaiError("UNAUTHENTICATED", message);
  }
  if (mayDo(principal.role, action)) return principal;
  const message = `Cannot do this as "${principal.role}": the action is "${action}"; nothing was done`;
  throw new IaiError("FORBIDDEN", message, { data: { action } });
}

/** Bodies arrive whole, unzipped and bounded; what they mean is the route's business. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", async (request: FastifyRequest) => {
    const { maxBodyBytes, bodyType } = request.routeOptions.config.iai ?? {};
    requireMediaType(request.headers["content-type"], bodyType ?? "application/json");
    return readBody(request.raw, maxBodyBytes ?? 1_048_576);
  });
}

function mountRoute(
  app: FastifyInstance,
  services: ApiServices,
  { route, options }: { readonly route: ApiRoute; readonly options: ApiServerOptions },
): void {
  const bodyType = route.bodyType ?? "application/json";
  const maxBodyBytes = bodyType === "text/csv" ? 8_388_608 : options.maxBodyBytes;
  const changes = route.method !== "GET" && route.action !== null && bodyType !== "readings";
  const audited = changes && route.auditedByStation !== true;
  app.route({
    method: route.method,
    url: `/api/v1${route.path}`,
    config: { iai: { route, bodyType, maxBodyBytes } },
    handler: async (request, reply) => {
      const { principal } = request;
      const answer = await route.run(request, reply, principal);
      if (audited) await audit(services, { request, route, principal, result: "ok" });
      return answer;
    },
  });
}

interface Audited {
  readonly request: FastifyRequest;
  readonly route: ApiRoute;
  readonly principal: Principal;
  readonly result: "ok" | "refused";
}

/** A change that was made cannot be taken back because its audit failed: that is an error for a person. */
async function audit({ audit: book, log }: ApiServices, entry: Audited): Promise<void> {
  const { request, route, principal, result } = entry;
  try {
    await book.append({
      actor: principal.name,
      origin: request.ip,
      action: route.action ?? "open",
      subject: `${route.method} ${request.url.split("?", 1)[0] ?? ""}`,
      result,
      detail: { traceId: request.id, role: principal.role },
    });
  } catch (failure) {
    log.error("audit.append.failed", { traceId: request.id, error: String(failure) });
  }
}

function answerFailures(app: FastifyInstance, services: ApiServices): void {
  app.setErrorHandler((failure, request, reply) =>
    sendProblem(services, { failure, request, reply }),
  );
}

interface Failed {
  readonly failure: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function sendProblem({ log }: ApiServices, { failure, request, reply }: Failed): void {
  const error = asApiError(failure);
  const { status, headers, body } = problemOf(error, request.id);
  if (error.code === "INTERNAL") {
    const stack = failure instanceof Error ? failure.stack : String(failure);
    const { method, url } = request;
    log.error("http.request.failed", { traceId: request.id, method, url, error: stack });
  }
  void reply.code(status).headers(headers).type(problemType).send(body);
}

/** The one style that the documentation page writes into itself, named by its hash. */
const docsStyleHash = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

async function mountDocs(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const text = JSON.stringify(document);
  app.get("/openapi.json", async (_request, reply) => {
    void reply.type("application/json; charset=utf-8");
    return text;
  });
  await app.register(fastifySwagger, {
    mode: "static",
    specification: { document: document as unknown as StaticDocumentSpec["document"] },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: "/docs",
    uiConfig: { layout: "BaseLayout", docExpansion: "list", validatorUrl: null },
    staticCSP: contentSecurityPolicy(null).replace("style-src", `style-src ${docsStyleHash}`),
  });
}

/** The console's pages where there is a console; else which of "no such address" and "no such method" it is. */
function answerUnknown(
  app: FastifyInstance,
  routes: readonly ApiRoute[],
  serve: ServeConsole | null,
): void {
  const known = routes.map((route) => ({
    method: route.method,
    pattern: new RegExp(`^/api/v1${route.path.replace(/:[a-z_]+/g, "[^/]+")}$`),
  }));
  app.setNotFoundHandler((request, reply) => {
    if (serve?.(request, reply)) return reply;
    const path = request.url.split("?", 1)[0] ?? "/";
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length === 0)
      throw new IaiError("ROUTE_NOT_FOUND", `Cannot find "${request.method} ${path}"; see /docs`);
    void reply.header("allow", [...new Set(methods)].join(", "));
    throw new IaiError("METHOD_NOT_ALLOWED", `Cannot ${request.method} "${path}"; see /docs`);
  });
}
