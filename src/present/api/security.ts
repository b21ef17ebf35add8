import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { IaiError } from "../../kernel/errors.ts";

/** What every answer carries, whatever it is. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy(null),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** Nothing inline, nothing from elsewhere; the console's own styles and scripts carry the page's nonce. */
export function contentSecurityPolicy(nonce: string | null): string {
  const own = nonce === null ? "'self'" : `'self' 'nonce-${nonce}'`;
  return [
    "default-src 'self'",
    `script-src ${own}`,
    `style-src ${own}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Names this server answers to beside addresses and localhost. */
export interface OriginPolicy {
  readonly hosts: readonly string[];
}

/** Host without its port; null where it cannot be read. */
function hostName(host: string): string | null {
  const found = /^(\[[0-9a-f:.]+\]|[^:@/\s]+)(?::\d{1,5})?$/i.exec(host);
  return found?.[1]?.toLowerCase() ?? null;
}

/**
 * A page on another site can point its own name at our address (DNS rebinding); it cannot change the name that
 * its requests carry. Addresses are no names, so they are let through.
 */
export function requireKnownHost(host: string | undefined, policy: OriginPolicy): void {
  const name = host === undefined ? null : hostName(host);
  if (name !== null) {
    if (name === "localhost" || name.endsWith(".localhost")) return;
    if (isIP(name) !== 0 || (name.startsWith("[") && isIP(name.slice(1, -1)) !== 0)) return;
    if (policy.hosts.some((known) => known.toLowerCase() === name)) return;
  }
  throw new IaiError(
    "ORIGIN_REFUSED",
    `Cannot answer: the host "${host ?? ""}" is not one of this server's names (http.hosts)`,
  );
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** A change asked for by a page must come from a page of this very server. */
export function requireOwnOrigin(request: FastifyRequest): void {
  if (safeMethods.has(request.method)) return;
  const { origin, host, cookie, authorization } = request.headers;
  if (origin === undefined) {
    // No browser sends a cookie with a change and leaves the origin out.
    if (cookie === undefined || authorization !== undefined) return;
  } else if (isSameHost(origin, host)) return;
  throw new IaiError(
    "ORIGIN_REFUSED",
    `Cannot do this for a page of "${origin ?? "unknown"}": it is another site, nothing was done`,
  );
}

/** Stricter, for an address that no page has business with: whatever the method, an origin must be this server's. */
export function requireNoForeignOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  if (origin === undefined || isSameHost(origin, host)) return;
  const message = `Cannot answer a page of "${origin}": it is another site, nothing was done`;
  throw new IaiError("ORIGIN_REFUSED", message);
}

/** Compared as addresses, so that a port that goes without saying makes no difference. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const server = `${page.protocol}//${host}`;
  return URL.canParse(server) && new URL(server).host === page.host && page.host !== "";
}

/** True when the request comes straight from this machine. */
export function isLoopback(request: FastifyRequest): boolean {
  const { headers } = request;
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined) return false;
  const address = request.socket.remoteAddress ?? "";
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}
