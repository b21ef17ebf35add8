import { readFile } from "node:fs/promises";
import type { IClientOptions } from "mqtt";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { MqttSourceConfig } from "./config.ts";

export interface LoginDeps {
  readonly log: Log;
  /** The environment, for passwords. */
  readonly variable: (name: string) => string | undefined;
}

/** Options of mqtt.js that say where the broker is and who we are; certificates are read anew each time. */
export type BrokerLogin = (clientId: string) => Promise<IClientOptions>;

export function createBrokerLogin(config: MqttSourceConfig, deps: LoginDeps): BrokerLogin {
  return async (clientId) => {
    const { username } = config;
    const password = await passwordOf(config, deps);
    const [ca, cert, key] = await Promise.all([
      readPem(config.tlsCaFile),
      readPem(config.tlsCertFile),
      readPem(config.tlsKeyFile),
    ]);
    return {
      protocolVersion: config.version === "5" ? 5 : 4,
      clientId,
      keepalive: config.keepAliveSeconds,
      connectTimeout: config.connectTimeoutMs,
      // Each attempt is a client of its own: waits, states and errors are then in one place, ours.
      reconnectPeriod: 0,
      resubscribe: false,
      rejectUnauthorized: true,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
    };
  };
}

async function passwordOf(config: MqttSourceConfig, deps: LoginDeps): Promise<string | null> {
  const { passwordFile, passwordVariable } = config;
  if (passwordFile !== null) return await readSecretFile(passwordFile, deps.log);
  if (passwordVariable === null) return null;
  const password = deps.variable(passwordVariable);
  if (password !== undefined && password !== "") return password;
  const message = `Cannot sign in to ${config.url}: the variable "${passwordVariable}" holds no password`;
  throw new IaiError("CONFIG_INVALID", message);
}

async function readPem(path: string | null): Promise<Buffer | null> {
  if (path === null) return null;
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `Cannot connect: the file "${path}" cannot be read`;
    throw new IaiError("CONFIG_UNREADABLE", message, { cause });
  }
}
