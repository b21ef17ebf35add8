import { BoundedQueue } from "../../kernel/bounded-queue.ts";
import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import { type DeviceId, type Ms, SECOND } from "../../model/basics.ts";
import type { Language } from "../../wire/basics.ts";
import {
  isWanted,
  type LiveEvent,
  type LiveFilter,
  type LiveMessage,
  liveEventToWire,
} from "./live-event.ts";

export interface LiveSubscription extends AsyncIterable<LiveMessage> {
  /** Events this client lost because it was too slow. */
  dropped(): number;
  close(): void;
}

/**
 * Push to those who are looking.
 * - `publish` never waits and never fails: with nobody looking it costs nothing.
 * - Readings and states are sampled: at most one a second and device, and the newest always arrives.
 * - Each client has a bounded queue; what does not fit is dropped for that client and counted.
 */
export interface LiveHub {
  publish(event: LiveEvent): void;
  /** Throws QUEUE_FULL when too many are looking. */
  subscribe(principal: Principal, filter: LiveFilter): LiveSubscription;
  counters(): { readonly clients: number; readonly published: number; readonly dropped: number };
  close(): void;
}

export interface LiveHubOptions {
  readonly clock: Clock;
  readonly maxClients?: number;
  readonly queueLimit?: number;
  readonly sampleMs?: Ms;
}

interface Client {
  readonly principal: Principal;
  readonly filter: LiveFilter;
  readonly queue: BoundedQueue<LiveMessage>;
  dropped: number;
}

export function createLiveHub(options: LiveHubOptions): LiveHub {
  const { clock, maxClients = 200, queueLimit = 2_000, sampleMs = SECOND } = options;
  const clients = new Set<Client>();
  let [published, droppedInAll] = [0, 0];

  const send = (event: LiveEvent): void => {
    published += 1;
    const id = published;
    const data = new Map<Language, string>();
    for (const client of clients) {
      const { language } = client.filter;
      if (!isWanted(event, client.principal, client.filter)) continue;
      const text =
        data.get(language) ?? JSON.stringify(liveEventToWire(event, language, clock.now()));
      data.set(language, text);
      if (client.queue.offer({ id, type: event.type, data: text })) continue;
      client.dropped += 1;
      droppedInAll += 1;
    }
  };
  const sampler = createSampler({ clock, sampleMs, send });

  return {
    publish: (event) => {
      if (clients.size === 0) return sampler.forget();
      if (event.type === "reading" || event.type === "state") sampler.offer(event);
      else send(event);
    },
    subscribe: (principal, filter) => {
      if (clients.size >= maxClients) {
        throw new IaiError(
          "QUEUE_FULL",
          `Cannot open a live stream: ${maxClients} are open already, none was closed`,
        );
      }
      const client = {
        principal,
        filter,
        queue: new BoundedQueue<LiveMessage>(queueLimit),
        dropped: 0,
      };
      clients.add(client);
      return {
        [Symbol.asyncIterator]: () => client.queue[Symbol.asyncIterator](),
        dropped: () => client.dropped,
        close: () => {
          clients.delete(client);
          client.queue.close();
        },
      };
    },
    counters: () => ({ clients: clients.size, published, dropped: droppedInAll }),
    close: () => {
      sampler.close();
      for (const client of clients) client.queue.close();
      clients.clear();
    },
  };
}

interface Sampler {
  offer(event: LiveEvent): void;
  forget(): void;
  close(): void;
}

/** Lets one event a device and type through per `sampleMs`; the newest of the others waits its turn. */
function createSampler(options: {
  readonly clock: Clock;
  readonly sampleMs: Ms;
  readonly send: (event: LiveEvent) => void;
}): Sampler {
  const { clock, sampleMs, send } = options;
  const sentAt = { reading: new Map<DeviceId, Ms>(), state: new Map<DeviceId, Ms>() };
  const waiting = {
    reading: new Map<DeviceId, LiveEvent>(),
    state: new Map<DeviceId, LiveEvent>(),
  };
  const types = ["reading", "state"] as const;
  const closed = new AbortController();
  let due = false;
  const flush = (): void => {
    const now = clock.monotonic();
    for (const type of types) {
      for (const [deviceId, event] of waiting[type]) {
        if (now - (sentAt[type].get(deviceId) ?? 0) < sampleMs) continue;
        waiting[type].delete(deviceId);
        sentAt[type].set(deviceId, now);
        send(event);
      }
    }
  };
  /** One wait at a time, and none while nothing waits. */
  const flushLater = async (): Promise<void> => {
    if (due) return;
    due = true;
    await clock.sleep(sampleMs, closed.signal);
    due = false;
    if (closed.signal.aborted) return;
    flush();
    if (types.some((type) => waiting[type].size > 0)) void flushLater();
  };
  return {
    offer: (event) => {
      if (event.type !== "reading" && event.type !== "state") return send(event);
      const now = clock.monotonic();
      const last = sentAt[event.type].get(event.deviceId);
      if (last !== undefined && now - last < sampleMs) {
        waiting[event.type].set(event.deviceId, event);
        void flushLater();
        return;
      }
      sentAt[event.type].set(event.deviceId, now);
      waiting[event.type].delete(event.deviceId);
      send(event);
    },
    forget: () => {
      for (const type of types) {
        if (waiting[type].size > 0) waiting[type].clear();
        if (sentAt[type].size > 0) sentAt[type].clear();
      }
    },
    close: () => closed.abort(),
  };
}
