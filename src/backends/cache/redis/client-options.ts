import { readFile } from "node:fs/promises";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { RedisCacheConfig } from "./config.ts";

/** What the vendor's client is made with; its secrets are read once, at the start. */
export async function clientOptions(config: RedisCacheConfig, log: Log) {
  const { host, port, database, username, pendingMax } = config;
  const password =
    config.passwordFile === null ? config.password : await readSecretFile(config.passwordFile, log);
  return {
    socket: { ...(await socketOptions(config)), host, port },
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    database,
    commandsQueueMaxLength: pendingMax,
    // Nothing waits for a server that is away.
    disableOfflineQueue: true,
    // Notes of a hosted service that a plant does not run; older servers answer them with errors.
    maintNotifications: "disabled" as const,
    disableClientInfo: true,
  };
}

async function socketOptions({ tls, tlsCaFile, host, connectTimeoutMs }: RedisCacheConfig) {
  const common = {
    connectTimeout: connectTimeoutMs,
    // The link renews its connection itself: the client's own attempts have no time limit on their greeting.
    reconnectStrategy: false as const,
  };
  if (!tls) return common;
  const ca = tlsCaFile === null ? {} : { ca: await readCa(tlsCaFile) };
  // An address is no server name; its certificate is checked against the address all the same.
  const isAddress = /^[\d.]+$|:/.test(host);
  return { ...common, tls: true as const, ...ca, ...(isAddress ? {} : { servername: host }) };
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `Cannot start: the certificate file "${path}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}
