import { completionOf } from "./chat-dialect.ts";
import type { Exchange, Play } from "./exchange.ts";

const page = "<!doctype html><html><head><title>502</title></head><body>Bad Gateway</body></html>";
const tenMegabytes = 10 * 1024 * 1024;

/** Answers that are wrong as HTTP, or none. */
export const httpBehaviours = {
  hang: () => undefined,
  "drip-feed": drip,
  reset: ({ response }) => void response.socket?.destroy(),
  "reset-half-way": ({ response }) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 5_000 });
    response.write('{"id":"sim","choices":[{"message":{"role":"assistant","content":"');
    setImmediate(() => response.socket?.destroy());
  },
  "server-500": ({ reply }) => reply(500, { error: { code: "500", message: "服务器错误" } }),
  "server-503": ({ response }) => void response.writeHead(503, { "retry-after": "1" }).end(),
  "gateway-502-page": ({ response }) => html(response, 502),
  "html-page": ({ response }) => html(response, 200),
  redirect: ({ response }) =>
    void response.writeHead(307, { location: "http://127.0.0.1:9/elsewhere" }).end(),
  unauthorized: ({ reply }) => reply(401, { error: { message: "invalid api key", code: null } }),
  "unauthorized-echo": ({ reply, response }) =>
    reply(401, { error: { message: `wrong key: ${response.req.headers.authorization}` } }),
  "error-in-200": ({ reply }) =>
    reply(200, { error: { code: "1305", message: "当前 API 请求过多，请稍后重试。" } }),
  "gateway-error-in-200": ({ reply }) =>
    reply(200, { code: 500, msg: "404 NOT_FOUND", success: false }),
  garbage: ({ response }) => {
    const bytes = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 131 + 17) % 256));
    response.writeHead(200, { "content-type": "application/json" }).end(bytes);
  },
  "event-stream": ({ response }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end('data: {"choices":[{"delta":{"content":"{}"}}]}\n\ndata: [DONE]\n\n');
  },
  "no-choices": ({ request, reply }) =>
    reply(200, { id: "sim", model: request.model, choices: [] }),
  "ten-megabytes": tooMuch,
} as const satisfies Record<string, Play>;

function html(response: Exchange["response"], status: number): void {
  response.writeHead(status, { "content-type": "text/html" }).end(page);
}

/** A good answer, one byte a second: the connection is never idle for long, and it never ends in time. */
async function drip({ request, response, good, wait }: Exchange): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  for (const byte of Buffer.from(JSON.stringify(completionOf(request, good(), 0)))) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await wait(1_000);
  }
  response.end();
}

/** Valid JSON to the last byte, and far too long; stops when nobody listens any more. */
async function tooMuch({ request, response }: Exchange): Promise<void> {
  const whole = JSON.stringify(completionOf(request, { content: "x".repeat(tenMegabytes) }, 0));
  response.writeHead(200, { "content-type": "application/json" });
  for (let from = 0; from < whole.length && !response.destroyed; from += 65_536) {
    const flows = response.write(whole.slice(from, from + 65_536));
    if (!flows) await drained(response);
  }
  response.end();
}

function drained(response: Exchange["response"]): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}
