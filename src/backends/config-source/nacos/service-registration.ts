import { IaiError } from "../../../kernel/errors.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import { type DocumentPlace, decodeBeat, instanceQuery, type NacosService } from "./codec.ts";
import type { NacosConfig } from "./config.ts";
import type { NacosDeps, NacosSession } from "./nacos-session.ts";
import { createTrouble } from "./trouble.ts";

/**
 * A service that Nacos lists as long as it is kept alive.
 * - It registers itself for ever: Nacos may be away at first, forget it, or start anew.
 * - `health` fails while it is not known to be listed; then others may not find it, and nothing else is wrong.
 * - `close` takes it off the list; a Nacos that is away drops it by itself when the heartbeats end.
 */
export interface ServiceRegistration {
  health(): Promise<void>;
  close(): Promise<void>;
}

export interface RegistrationDeps extends NacosDeps {
  readonly session: NacosSession;
  readonly config: NacosConfig;
}

const FIRST_WAIT_MS = 200;

export function startRegistration(
  service: NacosService,
  { session, config, clock, log }: RegistrationDeps,
): ServiceRegistration {
  const { name, ip, port } = service;
  const closing = new AbortController();
  const trouble = createTrouble("registry", { clock, log });
  const place: DocumentPlace = config;
  const query = instanceQuery(place, service);
  let listed = false;
  let everAsked = false;

  const register = async (): Promise<void> => {
    everAsked = true;
    const form = { ...query, metadata: JSON.stringify(service.metadata) };
    const action = `register the service "${name}"`;
    await session.call({ action, method: "POST", path: "/v1/ns/instance", form }, closing.signal);
    listed = true;
    log.info("registry.registered", { service: name, ip, port });
  };
  const beat = async (): Promise<void> => {
    const action = `keep the service "${name}" alive`;
    const call = { action, method: "PUT", path: "/v1/ns/instance/beat", query } as const;
    listed = decodeBeat((await session.call(call, closing.signal)).body);
    if (!listed) await register();
  };
  const keep = async (): Promise<void> => {
    const policy = { baseMs: FIRST_WAIT_MS, maxMs: config.retryMaxMs, attempts: null };
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      try {
        await (listed ? beat() : register());
        trouble.well();
        attempt = 0;
      } catch (failure) {
        listed = false;
        if (!closing.signal.aborted) trouble.failed(failure);
      }
      const waitMs = listed ? config.beatMs : backoffMs(policy, attempt, 0.5);
      await clock.sleep(waitMs, closing.signal);
    }
  };
  const leave = async (): Promise<void> => {
    const action = `take the service "${name}" off the list`;
    const call = { action, method: "DELETE", path: "/v1/ns/instance", query } as const;
    try {
      await session.call(call, new AbortController().signal);
    } catch (failure) {
      // It drops out by itself when the heartbeats are missed.
      log.warn("registry.left_behind", { service: name, error: String(failure) });
    }
  };

  const running = keep();
  let closed: Promise<void> | null = null;
  return {
    health: async () => {
      trouble.check();
      if (!listed) {
        const message = `Cannot say that "${name}" is listed: it is being registered`;
        throw new IaiError("CONFIG_UNREACHABLE", message);
      }
    },
    close: () => {
      closing.abort(new Error("IAI is stopping"));
      closed ??= running.then(() => (everAsked ? leave() : undefined));
      return closed;
    },
  };
}
