import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import {
  loginIn,
  principalToWire,
  sessionOut,
  setupIn,
  setupStateOut,
} from "../../../wire/access.ts";
import { toIso } from "../../../wire/basics.ts";
import type { Session } from "../../access/sessions.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import type { ApiServices } from "../services.ts";

/** How the session cookie is set. */
export interface SessionCookie {
  readonly name: string;
  readonly secure: boolean;
}

/** Over TLS the name itself forbids other hosts and plain HTTP to set it. */
export function sessionCookie(secure: boolean): SessionCookie {
  return { name: secure ? "__Host-iai_session" : "iai_session", secure };
}

/** Signing in and out; the refresh token lives in a cookie that no script can read. */
export function sessionRoutes(services: ApiServices, cookie: SessionCookie): readonly ApiRoute[] {
  return [
    login(services, cookie),
    refresh(services, cookie),
    logout(services, cookie),
    setupState(services),
    setup(services, cookie),
  ];
}

function setCookie(reply: FastifyReply, cookie: SessionCookie, value: string, ageMs: number): void {
  const age = Math.max(0, Math.floor(ageMs / 1_000));
  const attributes = [`${cookie.name}=${value}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  if (cookie.secure) attributes.push("Secure");
  attributes.push(`Max-Age=${age}`);
  void reply.header("set-cookie", attributes.join("; "));
}

/** Value of the session cookie; null: none was sent. */
export function readCookie(request: FastifyRequest, cookie: SessionCookie): string | null {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (part.slice(0, equals).trim() === cookie.name) return part.slice(equals + 1).trim();
  }
  return null;
}

function open(
  { clock }: ApiServices,
  reply: FastifyReply,
  cookie: SessionCookie,
  session: Session,
) {
  setCookie(reply, cookie, session.refreshToken, session.refreshExpiresAt - clock.now());
  void reply.header("cache-control", "no-store");
  return {
    access_token: session.accessToken,
    token_type: "Bearer",
    expires_at: toIso(session.expiresAt),
    user: principalToWire(session.principal),
  };
}

function login(services: ApiServices, cookie: SessionCookie): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/login",
    action: null,
    tag: "Access",
    summary: "Sign in",
    body: loginIn,
    answer: sessionOut,
    failures: [401, 429],
    handle: async ({ body, request, reply }) =>
      open(services, reply, cookie, await services.access.login({ ...body, origin: request.ip })),
  });
}

function refresh(services: ApiServices, cookie: SessionCookie): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/refresh",
    action: null,
    tag: "Access",
    summary: "A new token for the session of the cookie",
    body: z.strictObject({}),
    answer: sessionOut,
    failures: [401],
    handle: async ({ request, reply }) => {
      const refreshToken = readCookie(request, cookie);
      if (refreshToken === null)
        throw new IaiError("UNAUTHENTICATED", "Cannot renew the session: there is none; sign in");
      const session = await services.access.refresh({ refreshToken, origin: request.ip });
      return open(services, reply, cookie, session);
    },
  });
}

function logout(services: ApiServices, cookie: SessionCookie): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/logout",
    auditedByStation: true,
    action: "session.own",
    tag: "Access",
    summary: "Sign out everywhere: all tokens of this user stop working",
    body: z.strictObject({}),
    answer: null,
    status: 204,
    handle: async ({ principal, reply }) => {
      if (principal.kind === "user") await services.access.logout(principal);
      setCookie(reply, cookie, "", 0);
      void reply.code(204);
      return null;
    },
  });
}

function setupState({ access }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/setup",
    action: null,
    tag: "Access",
    summary: "Whether the first administrator is still to be made",
    answer: setupStateOut,
    handle: async () => ({ needed: await access.setup.needed() }),
  });
}

function setup(services: ApiServices, cookie: SessionCookie): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/setup",
    action: null,
    tag: "Access",
    summary: "Redeem the one-time link of the first start: makes the first administrator",
    body: setupIn,
    answer: sessionOut,
    failures: [403],
    handle: async ({ body, request, reply }) => {
      const session = await services.access.setup.redeem({ ...body, origin: request.ip });
      return open(services, reply, cookie, session);
    },
  });
}
