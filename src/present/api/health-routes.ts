import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { toIso } from "../../wire/basics.ts";
import type { dependencyOut } from "../../wire/operations.ts";
import type { ApiMetrics } from "./metrics.ts";
import type { ApiServices, DependencyHealth } from "./services.ts";

/** Each dependency: whether it works, since when, and its last error. */
export function dependenciesToWire(
  dependencies: Readonly<Record<string, DependencyHealth>>,
): Record<string, z.infer<typeof dependencyOut>> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, { ok, since, lastError }]) => [
      name,
      { ok, since: toIso(since), last_error: lastError },
    ]),
  );
}

/** Refuses whoever is neither on this machine nor allowed to read the system's state. */
export type LocalGate = (request: FastifyRequest) => Promise<void>;

/** `/healthz`, `/readyz` and `/metrics`: for supervisors and scrapers on this machine, without a key. */
export function mountHealth(
  app: FastifyInstance,
  services: ApiServices,
  options: { readonly gate: LocalGate; readonly metrics: ApiMetrics },
): void {
  const noStore = (reply: FastifyReply): void => void reply.header("cache-control", "no-store");
  app.get("/healthz", async (_request, reply) => {
    noStore(reply);
    return { alive: true, version: services.health.version };
  });
  app.get("/readyz", async (request, reply) => {
    await options.gate(request);
    noStore(reply);
    const { ready, dependencies } = await services.health.ready();
    void reply.code(ready ? 200 : 503);
    if (!ready) void reply.header("retry-after", "5");
    return { ready, dependencies: dependenciesToWire(dependencies) };
  });
  app.get("/metrics", async (request, reply) => {
    await options.gate(request);
    void reply.type(options.metrics.contentType);
    return options.metrics.text();
  });
}
