import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Ms } from "../../../model/basics.ts";
import { failureOfNonsense, failureOnTheWay } from "./errors.ts";

export interface HttpQuestion {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A longer answer is cut off. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly retryAfterMs: Ms | null;
}

/** Posts to the endpoint. Follows no redirect, and keeps no more of an answer than it may be long. */
export interface Transport {
  post(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

/** A connection idle for longer is not used again: firewalls forget it without a word. */
const idleMs = 4_000;

export function createHttpTransport(): Transport {
  const options = { keepAlive: true, timeout: idleMs };
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  return {
    post: async ({ url, headers, body, maxBytes }, signal) => {
      try {
        const response = await send(new URL(url), { headers, body, signal, agents });
        return await readAnswer(response, maxBytes);
      } catch (failure) {
        throw failureOnTheWay(signal.aborted ? signal.reason : failure);
      }
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Sending extends Pick<HttpQuestion, "headers" | "body"> {
  readonly signal: AbortSignal;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
}

function send(url: URL, { headers, body, signal, agents }: Sending): Promise<IncomingMessage> {
  const safe = url.protocol === "https:";
  const request = safe ? requestHttps : requestHttp;
  const agent = safe ? agents.https : agents.http;
  const bytes = Buffer.from(body);
  const all = { ...headers, "content-length": bytes.length };
  return new Promise((resolve, reject) => {
    const posted = request(url, { method: "POST", agent, headers: all, signal }, resolve);
    posted.on("error", reject);
    posted.end(bytes);
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the response.
    if (bytes > maxBytes) throw failureOfNonsense(`it is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { headers, statusCode = 0 } = response;
  return {
    status: statusCode,
    contentType: headers["content-type"] ?? "",
    text: Buffer.concat(chunks).toString("utf8"),
    retryAfterMs: waitOf(headers["retry-after"]),
  };
}

/** Seconds alone: a date would need their clock to be ours. */
function waitOf(header: string | undefined): Ms | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}
