import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Principal } from "../../../model/access.ts";
import type { Ms } from "../../../model/basics.ts";
import { identifier, listOf } from "../../../wire/basics.ts";
import { liveEventTypes } from "../../../wire/live.ts";
import type { LiveSubscription } from "../../live/live-hub.ts";
import { oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { securityHeaders } from "../security.ts";
import type { ApiServices } from "../services.ts";

/** Also the longest time a revoked key keeps an open stream. */
const heartbeatMs: Ms = 5_000;

/** Tells who a request is from, again, while its stream is open. */
export type Identify = (request: FastifyRequest) => Promise<Principal | null>;

/** Server-sent events for those who look. */
export function streamRoutes(services: ApiServices, identify: Identify): readonly ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/stream",
      action: "devices.read",
      tag: "Live",
      summary:
        "Server-sent events: reading and state (sampled, at most one a second and device), alert, order, report, device, stats",
      query: oneQuery({
        types: listOf(liveEventTypes).optional(),
        device_id: z
          .string()
          .max(5_000)
          .optional()
          .transform((ids) => (ids === undefined ? null : new Set(ids.split(",")))),
        line_id: identifier.optional(),
      }),
      answer: null,
      answerType: "text/event-stream",
      failures: [503],
      handle: async ({ query, principal, language, request, reply }) => {
        const subscription = services.live.subscribe(principal, {
          types: query.types === undefined ? null : new Set(query.types),
          deviceIds: query.device_id,
          lineId: query.line_id ?? null,
          language,
        });
        reply.hijack();
        const { raw } = reply;
        raw.once("close", () => subscription.close());
        raw.writeHead(200, {
          ...securityHeaders,
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        });
        // The client asks again in 2 s after a break; what it missed it reads from the lists.
        raw.write("retry: 2000\n: open\n\n");
        const ended = new AbortController();
        raw.once("close", () => ended.abort());
        const beating = beat(services, { raw, subscription, request, identify, ended });
        for await (const { id, type, data } of subscription) {
          if (raw.destroyed) break;
          const more = raw.write(`id: ${id}\nevent: ${type}\ndata: ${data}\n\n`);
          if (!more && !raw.destroyed) await drained(raw, ended.signal);
        }
        ended.abort();
        await beating;
        raw.end();
        return reply;
      },
    }),
  ];
}

async function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(raw, "drain", { signal });
  } catch {
    // Aborted: the client has gone, and the loop above sees it.
  }
}

interface OpenStream {
  readonly raw: ServerResponse;
  readonly subscription: LiveSubscription;
  readonly request: FastifyRequest;
  readonly identify: Identify;
  readonly ended: AbortController;
}

/** Shows that the line is alive, tells the rate, and ends the stream of whoever lost the right to it. */
async function beat({ clock, ingest, log }: ApiServices, stream: OpenStream): Promise<void> {
  const { raw, subscription, request, identify, ended } = stream;
  let last = { at: clock.monotonic(), received: ingest.counters().received };
  while (!ended.signal.aborted) {
    await clock.sleep(heartbeatMs, ended.signal);
    if (ended.signal.aborted || raw.destroyed) return;
    const now = { at: clock.monotonic(), received: ingest.counters().received };
    const readings_per_s = ((now.received - last.received) * 1_000) / Math.max(1, now.at - last.at);
    last = now;
    const stats = { readings_per_s, dropped: subscription.dropped() };
    raw.write(`event: stats\ndata: ${JSON.stringify(stats)}\n\n`);
    const known = await identify(request).catch((failure: unknown) => {
      log.warn("live.identify.failed", { error: String(failure) });
      return undefined;
    });
    // A store that is away for a moment takes nobody's right away; a refusal does.
    if (known === null) return subscription.close();
  }
}
