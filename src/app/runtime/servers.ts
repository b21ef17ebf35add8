import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { IaiError } from "../../kernel/errors.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import { type ApiServerOptions, createApiServer } from "../../present/api/server.ts";
import type { Config } from "../config/schema.ts";
import { buildConsole } from "../console-build.ts";
import type { Stations } from "./stations.ts";

export interface ServerDeps {
  readonly stations: Stations;
  readonly config: Config;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly withConsole: boolean;
}

const MAX_CONNECTIONS = 2_000;
const loopbackNames = new Set(["127.0.0.1", "::1", "localhost"]);

/** Opens the API port and, where it is wanted, the console port. */
export async function startServers({
  stations,
  config,
  life,
  withConsole,
}: ServerDeps): Promise<{ readonly apiUrl: string; readonly consoleUrl: string | null }> {
  refuseOpenBind(config);
  const options = serverOptions(config);
  const api = await createApiServer(stations.services, { ...options, console: null });
  life.own("api", api);
  const apiUrl = await listen(api, config, config.api.port);
  if (!withConsole) return { apiUrl, consoleUrl: null };
  const consoleServer = await createApiServer(stations.services, {
    ...options,
    console: { distDir: buildConsole() },
  });
  life.own("console", consoleServer);
  return { apiUrl, consoleUrl: await listen(consoleServer, config, config.console.port) };
}

function serverOptions(config: Config): Omit<ApiServerOptions, "console"> {
  const { tlsCertFile, tlsKeyFile } = config.api;
  const tls =
    tlsCertFile === null || tlsKeyFile === null
      ? null
      : { cert: readFileSync(tlsCertFile, "utf8"), key: readFileSync(tlsKeyFile, "utf8") };
  return {
    hosts: config.api.allowedHosts,
    secureCookies: tls !== null,
    maxConnections: MAX_CONNECTIONS,
    readingsPerSecond: config.ingest.rateLimitPerKey,
    maxBodyBytes: config.ingest.maxBodyBytes,
    mcp: { ...config.mcp, proposals: config.mcp.proposals && config.agents.writes === "on" },
    tls,
  };
}

/** Passwords and keys do not travel in the clear beyond this machine unless somebody says so. */
function refuseOpenBind(config: Config): void {
  const { host, tlsCertFile, allowInsecureBind } = config.api;
  if (loopbackNames.has(host) || tlsCertFile !== null || allowInsecureBind) return;
  throw new IaiError(
    "BIND_REFUSED",
    `Cannot listen on "${host}": that is beyond this machine and TLS is not set up, nothing was started. Set api.tlsCertFile and api.tlsKeyFile, or api.allowInsecureBind behind a proxy that has TLS`,
  );
}

async function listen(server: FastifyInstance, config: Config, port: number): Promise<string> {
  try {
    await server.listen({ host: config.api.host, port });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "EADDRINUSE") throw failure;
    throw new IaiError(
      "PORT_IN_USE",
      `Cannot listen on port ${port}: another program has it, nothing was started. Stop it or set IAI_API_PORT and IAI_CONSOLE_PORT`,
      { cause: failure },
    );
  }
  const address = server.server.address();
  const scheme = config.api.tlsCertFile === null ? "http" : "https";
  const host =
    loopbackNames.has(config.api.host) || config.api.host === "0.0.0.0"
      ? "127.0.0.1"
      : config.api.host;
  return `${scheme}://${host}:${typeof address === "object" && address !== null ? address.port : port}`;
}
