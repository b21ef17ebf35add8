import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { answerOf, type FixtureMode } from "./fixture-answers.ts";

/**
 * Serves web/dist with the real content security policy and plausible answers, to look at the console without a
 * server: `node web/dev/fixture-server.ts --mode demo|empty|many|error|forbidden|signed-out --port 3100`.
 */
const { values } = parseArgs({
  options: { mode: { type: "string", default: "demo" }, port: { type: "string", default: "3100" } },
});
const mode = values.mode as FixtureMode;
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const wanted = normalize(path).replace(/^[/\\]+/, "");
  const name = extname(wanted) === "" ? "index.html" : wanted;
  let content = await readFile(join(dist, name));
  const nonce = String(process.hrtime.bigint());
  const own = `'self' 'nonce-${nonce}'`;
  if (name === "index.html") {
    content = Buffer.from(content.toString("utf8").replace("__CSP_NONCE__", nonce));
  }
  response.writeHead(200, {
    "content-type": types[extname(name)] ?? "application/octet-stream",
    "content-security-policy": `default-src 'self'; script-src ${own}; style-src ${own}; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  });
  response.end(content);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text === "" ? null : JSON.parse(text);
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://fixture");
  const handle = async (): Promise<void> => {
    if (!url.pathname.startsWith("/api/v1/")) return serveFile(url.pathname, response);
    const body = await bodyOf(request);
    answerOf({ mode, method: request.method ?? "GET", url, body }, response);
  };
  handle().catch((failure: unknown) => {
    response.writeHead(404).end(String(failure));
  });
});
server.listen(Number(values.port), "127.0.0.1");
