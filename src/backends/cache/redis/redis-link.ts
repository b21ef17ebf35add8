import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import { clientOptions } from "./client-options.ts";
import type { RedisCacheConfig } from "./config.ts";
import {
  failureOfAnswer,
  failureOfFullQueue,
  failureOnTheWay,
  failureWhileAway,
  type RedisAway,
  reasonOf,
} from "./errors.ts";

export interface RedisLinkDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** The commands that the cache needs; a user's rights need not go beyond them. */
export interface RedisCommands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options: { PX: number }): Promise<unknown>;
  del(key: string): Promise<number>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  ping(): Promise<unknown>;
}

/**
 * One connection to Redis that is renewed for ever. A command is never kept for later: without a connection it
 * fails at once, without an answer after `commandTimeoutMs`; then the connection is given up, because nobody
 * knows how long a server that is silent will be, and the next commands must not wait for that too.
 */
export interface RedisLink {
  run<T>(action: string, command: (redis: RedisCommands) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Resolves when the first attempt to connect has ended, well or not. */
export async function openRedisLink(
  config: RedisCacheConfig,
  deps: RedisLinkDeps,
): Promise<RedisLink> {
  const { createClient, ErrorReply } = await import("redis");
  const options = await clientOptions(config, deps.log);
  const link = new RenewedLink(config, {
    ...deps,
    create: () => createClient(options),
    isAnswer: (failure) => failure instanceof ErrorReply,
  });
  await link.start();
  return link;
}

interface RedisClient extends RedisCommands {
  on(event: "error", listener: (failure: Error) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

interface Connection {
  readonly client: RedisClient;
  /** Aborted with the reason when the connection is of no more use. */
  readonly broken: AbortController;
}

interface LinkDeps extends RedisLinkDeps {
  readonly create: () => RedisClient;
  /** True: Redis said no; false: there was no answer. */
  readonly isAnswer: (failure: unknown) => failure is Error;
}

const FIRST_WAIT_MS = 50;

class RenewedLink implements RedisLink {
  readonly #config: RedisCacheConfig;
  readonly #deps: LinkDeps;
  readonly #closing = new AbortController();
  #connection: Connection | null = null;
  #away: RedisAway;
  #running: Promise<void> = Promise.resolve();

  constructor(config: RedisCacheConfig, deps: LinkDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#away = { since: deps.clock.now(), reason: "not connected yet" };
  }

  async start(): Promise<void> {
    const connected = await this.#connect();
    this.#running = this.#keepConnected(connected);
  }

  async run<T>(action: string, command: (redis: RedisCommands) => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted)
      throw new IaiError("SHUTTING_DOWN", `Cannot ${action}: the cache is closed`);
    const connection = this.#connection;
    if (connection === null) throw failureWhileAway(action, this.#away);
    try {
      return await this.#within(this.#config.commandTimeoutMs, () => command(connection.client));
    } catch (cause) {
      if (this.#deps.isAnswer(cause)) throw failureOfAnswer(action, cause);
      const refused = failureOfFullQueue(action, cause);
      if (refused !== null) throw refused;
      connection.broken.abort(cause);
      throw failureOnTheWay(action, cause);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("IAI is stopping"));
    await this.#running;
  }

  async #keepConnected(first: Connection | null): Promise<void> {
    const policy = { baseMs: FIRST_WAIT_MS, maxMs: this.#config.reconnectMaxMs, attempts: null };
    let connection = first;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      if (connection !== null) {
        this.#leave(connection, await this.#watch(connection));
        attempt = 1;
      }
      await this.#deps.clock.sleep(backoffMs(policy, attempt, 0.5), this.#closing.signal);
      connection = await this.#connect();
    }
    if (connection !== null) this.#leave(connection, this.#closing.signal.reason);
  }

  /** null: not now. */
  async #connect(): Promise<Connection | null> {
    if (this.#closing.signal.aborted) return null;
    const { clock, log, create } = this.#deps;
    const connection = { client: create(), broken: new AbortController() };
    connection.client.on("error", (failure) => connection.broken.abort(failure));
    try {
      await this.#within(this.#config.connectTimeoutMs, async () => {
        await connection.client.connect();
        // A server that still loads its data takes connections already.
        await connection.client.ping();
      });
    } catch (failure) {
      connection.client.destroy();
      this.#noteAway(this.#away.since, failure);
      return null;
    }
    log.info("cache.connected", { ...this.#place(), afterMs: clock.now() - this.#away.since });
    this.#connection = connection;
    this.#away = { since: clock.now(), reason: "connected" };
    return connection;
  }

  /** Asks from time to time whether Redis is there; resolves with the reason when it is not. */
  async #watch({ broken }: Connection): Promise<unknown> {
    const ended = AbortSignal.any([broken.signal, this.#closing.signal]);
    while (!ended.aborted) {
      await this.#deps.clock.sleep(this.#config.pingMs, ended);
      if (ended.aborted) break;
      // What becomes of it, the signal tells.
      await this.run("ask Redis how it is", (redis) => redis.ping()).catch(() => undefined);
    }
    return ended.reason;
  }

  #leave({ client }: Connection, reason: unknown): void {
    this.#connection = null;
    client.destroy();
    this.#noteAway(this.#deps.clock.now(), reason);
  }

  /** Told when the reason is a new one: not at each attempt. */
  #noteAway(since: RedisAway["since"], failure: unknown): void {
    const reason = reasonOf(failure);
    const isNew = reason !== this.#away.reason;
    this.#away = { since, reason };
    if (isNew && !this.#closing.signal.aborted)
      this.#deps.log.warn("cache.away", { ...this.#place(), reason });
  }

  #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return withDeadline({ clock: this.#deps.clock, ms, signal: this.#closing.signal }, work);
  }

  #place(): { readonly address: string } {
    return { address: `${this.#config.host}:${this.#config.port}` };
  }
}
