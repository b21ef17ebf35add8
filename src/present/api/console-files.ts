import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { contentSecurityPolicy } from "./security.ts";

/** Stands in `index.html` wherever this page's nonce belongs. */
const noncePlaceholder = "__CSP_NONCE__";

/** Serves the built console; true: the request was answered. */
export type ServeConsole = (request: FastifyRequest, reply: FastifyReply) => boolean;

/**
 * The console's files. Hashed assets never change, so they are kept for a year; the page itself is made anew for
 * each request, because it carries a nonce that only it knows.
 */
export async function mountConsole(
  app: FastifyInstance,
  options: { readonly distDir: string; readonly nonce: () => string },
): Promise<ServeConsole> {
  const { distDir, nonce } = options;
  const files = listFiles(distDir);
  await app.register(fastifyStatic, {
    root: distDir,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    index: false,
  });
  const page = files.has("index.html") ? readFileSync(join(distDir, "index.html"), "utf8") : null;
  return (request, reply) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const path = decodePath(request.url);
    if (path !== null && path !== "index.html" && files.has(path)) {
      const hashed = path.startsWith("assets/");
      const keep = hashed ? "public, max-age=31536000, immutable" : "public, max-age=300";
      void reply.header("cache-control", keep);
      void reply.sendFile(path);
      return true;
    }
    if (page === null || path === null || !isPage(path)) return false;
    const fresh = nonce();
    void reply.header("content-security-policy", contentSecurityPolicy(fresh));
    void reply.header("cache-control", "no-store");
    void reply.type("text/html; charset=utf-8");
    void reply.send(page.replaceAll(noncePlaceholder, fresh));
    return true;
  };
}

/** Addresses of the console's pages; a missing file must not look like one. A device id may hold a dot. */
function isPage(path: string): boolean {
  if (/^(?:api|assets|mcp)(?:\/|$)/.test(path) || path.split("/").includes("..")) return false;
  return !/^[^/]*\.[a-z0-9]{2,5}$/i.test(path);
}

/** Relative paths of all files below a folder, read once: what is not there at the start is not served. */
function listFiles(dir: string): ReadonlySet<string> {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
    return new Set(paths.map((path) => path.split(sep).join("/")));
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return new Set();
    throw failure;
  }
}

function decodePath(url: string): string | null {
  try {
    return decodeURIComponent(url.split("?", 1)[0] ?? "/").slice(1);
  } catch {
    return null;
  }
}
