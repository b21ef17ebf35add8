import { readFile } from "node:fs/promises";
import type { Admin, Consumer, Producer } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { KafkaEventBusConfig } from "./config.ts";

/** Makes the vendor's clients, each with connections of its own. None of them has asked anything yet. */
export interface KafkaClients {
  admin(): Admin;
  producer(): Producer;
  /** Reads partitions; joins no group. */
  fetcher(group: string): Consumer;
  /** A member of a group, once it has joined. */
  member(group: string): Consumer;
}

/** Loads the vendor's library and reads secrets; nothing is connected. */
export async function loadKafkaClients(
  config: KafkaEventBusConfig,
  log: Log,
): Promise<KafkaClients> {
  const { Admin, Consumer, Producer } = await import("@platformatic/kafka");
  const common = {
    clientId: config.clientId,
    bootstrapBrokers: [...config.brokers],
    connectTimeout: config.connectTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    ...(await security(config, log)),
  };
  // Attempts are ours: a failure is told at once, and the client keeps every one of its own in memory.
  const once = { ...common, retries: 0 };
  const reader = { ...once, maxWaitTime: config.fetchWaitMs, maxBytes: config.fetchBytes };
  return {
    admin: () => new Admin({ ...once }),
    producer: () =>
      new Producer({
        ...common,
        idempotent: true,
        acks: -1,
        compression: "zstd",
        // With the same producer id, so that Kafka itself drops what it has; fewer than 2 would mean for ever.
        retries: 2,
        retryDelay: 200,
      }),
    fetcher: (groupId) => new Consumer({ ...reader, groupId }),
    member: (groupId) =>
      new Consumer({
        ...common,
        groupId,
        retries: 3,
        retryDelay: 200,
        sessionTimeout: config.sessionTimeoutMs,
        rebalanceTimeout: config.sessionTimeoutMs * 2,
        heartbeatInterval: config.heartbeatMs,
        heartbeatStallTimeout: config.sessionTimeoutMs,
      }),
  };
}

async function security(config: KafkaEventBusConfig, log: Log) {
  const { tls, tlsCaFile, saslMechanism, username, passwordFile } = config;
  const ca = tlsCaFile === null ? {} : { ca: await readCa(tlsCaFile) };
  const password =
    passwordFile === null ? config.password : await readSecretFile(passwordFile, log);
  return {
    ...(tls ? { tls: ca } : {}),
    ...(saslMechanism === null || username === null || password === null
      ? {}
      : { sasl: { mechanism: saslMechanism, username, password } }),
  };
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `Cannot start: the certificate file "${path}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}

/** Time a client has to say good-bye, ms; its sockets close either way. */
const GOODBYE_MS = 2_000;

/** Closes a client; one whose broker is silent is left to itself. */
export async function closeClient(client: { close(): Promise<void> }, clock: Clock): Promise<void> {
  const { signal } = new AbortController();
  await withDeadline({ clock, ms: GOODBYE_MS, signal }, () => client.close()).catch(
    () => undefined,
  );
}
