import { lookup } from "node:dns/promises";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { encodeWebhook, type WebhookMessage } from "./codec.ts";
import type { WebhookConfig } from "./config.ts";
import { failureOfStatus, failureOnTheWay } from "./errors.ts";
import { createTargetPolicy, type LookupAll } from "./target-policy.ts";

export interface WebhookDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The system's resolver unless given. */
  readonly lookup?: LookupAll;
}

/** Connections that one target is given at a time; more deliveries wait within their own time-out. */
const connectionsMax = 16;
/** A connection idle for longer is not used again: firewalls forget it without a word, and an alarm would be late. */
const idleMs = 4_000;
const answerMaxBytes = 64 * 1024;

/** Posts each notification as JSON to one address; see README.md for what is promised. */
export async function openWebhookNotifier(
  config: WebhookConfig,
  deps: WebhookDeps,
): Promise<Notifier> {
  const { clock, log } = deps;
  const { name, timeoutMs } = config;
  const url = new URL(config.url);
  const secret = config.secretFile === null ? null : await readSecretFile(config.secretFile, log);
  const policy = createTargetPolicy({ ...config, url }, deps.lookup ?? lookupAll);
  const refusal = policy.refusalOfLiteral();
  // Known now, and not only when the first alarm must get out.
  if (refusal !== null) log.error("notify.target.refused", { name, error: refusal.message });

  const closing = new AbortController();
  const agentOptions = { keepAlive: true, maxSockets: connectionsMax, timeout: idleMs };
  const agent =
    url.protocol === "https:" ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const post = { url, agent, lookup: policy.lookup };

  return {
    name,
    deliver: async (notification, caller) => {
      if (refusal !== null) throw refusal;
      const message = encodeWebhook(notification, { now: clock.now(), secret });
      const signal = AbortSignal.any([caller, closing.signal]);
      const status = await withDeadline({ clock, ms: timeoutMs, signal }, (limited) =>
        postMessage(message, { ...post, signal: limited }),
      ).catch((failure: unknown) => {
        throw failureOnTheWay(name, failure);
      });
      const failure = failureOfStatus(name, status);
      if (failure !== null) throw failure;
      return { receipt: `HTTP ${status}` };
    },
    close: async () => {
      closing.abort(new Error("IAI is stopping"));
      agent.destroy();
    },
  };
}

const lookupAll: LookupAll = (host) => lookup(host, { all: true });

interface PostOptions {
  readonly url: URL;
  readonly agent: HttpAgent | HttpsAgent;
  readonly lookup: ReturnType<typeof createTargetPolicy>["lookup"];
  readonly signal: AbortSignal;
}

/** Resolves with the status once the answer is over. */
function postMessage({ body, headers }: WebhookMessage, options: PostOptions): Promise<number> {
  const { url, ...connection } = options;
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const posted = request(url, { ...connection, method: "POST", headers }, (response) => {
      discard(response).then(() => resolve(response.statusCode ?? 0), reject);
    });
    posted.on("error", reject);
    posted.end(body);
  });
}

/** Reads the answer away, so that its connection can be used again; a long one costs the connection. */
async function discard(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerMaxBytes) return; // leaving the loop destroys the response
  }
}
