import { systemClock } from "../../kernel/clock.ts";
import { asIaiError, type IaiError } from "../../kernel/errors.ts";
import { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import type { Configuration } from "../config/open-configuration.ts";
import { dataDirAt, lockDataDir, removeRunInfo, writeRunInfo } from "../data-dir.ts";
import { productVersion } from "../repository.ts";
import { createDemoAccess } from "./first-access.ts";
import { openFoundation } from "./foundation.ts";
import { allParts, partsOfRole, type RoleName } from "./parts.ts";
import { runPresence } from "./presence.ts";
import { startReloading } from "./reload.ts";
import type { Runtime } from "./runtime.ts";
import { startServers } from "./servers.ts";
import { requireOneBus, requireSharedBackends } from "./shared-backends.ts";
import { openStations } from "./stations.ts";

export interface StartOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  /** What this process does of the cluster profile; null: everything, the embedded profile. */
  readonly role: RoleName | null;
  /** Told once when IAI cannot go on: the process should end. */
  readonly onFatal: (failure: IaiError) => void;
}

/**
 * Starts the embedded profile or one role of the cluster. When it resolves, readings are accepted; projections may
 * still catch up.
 */
export async function startIai(options: StartOptions): Promise<Runtime> {
  const { configuration, log } = options;
  const { config } = configuration;
  if (options.role !== null) requireSharedBackends(config);
  requireOneBus(config);
  const dir = dataDirAt(config.dataDir);
  const lock = lockDataDir(dir);
  const life = new Lifecycle(log);
  life.own("configuration", configuration);
  const onFatal = onceOnly((failure) => {
    log.error("iai.failed", {
      code: failure.code,
      error: failure.message,
      cause: String(failure.cause ?? ""),
    });
    options.onFatal(failure);
  });
  const close = async (): Promise<void> => {
    await life.close();
    removeRunInfo(dir);
    lock.release();
  };
  try {
    const foundation = await openFoundation({ config, dir, log, life, onFatal });
    const stations = await openStations({
      ...foundation,
      config,
      dir,
      log,
      life,
      onFatal,
      parts: options.role === null ? allParts : partsOfRole(options.role),
      isAlone: options.role === null,
    });
    const servers = await startServers({
      stations,
      config,
      log,
      life,
      withConsole: config.console.enabled && (options.role ?? "console") === "console",
    });
    startReloading({ ...foundation, configuration, stations, life, log });
    // One page for the first administrator is enough: the console's.
    const hasPage = options.role === null || options.role === "console";
    const setupLink = !hasPage
      ? null
      : await stations.access.setup.issueLink(servers.consoleUrl ?? servers.apiUrl);
    registerService(options, servers.apiUrl);
    startPresence(options.role, { ...foundation, apiUrl: servers.apiUrl, log, life });
    writeRunInfo(dir, {
      pid: process.pid,
      startedAt: systemClock.now(),
      apiUrl: servers.apiUrl,
      consoleUrl: servers.consoleUrl,
    });
    log.info("iai.started", {
      api: servers.apiUrl,
      console: servers.consoleUrl,
      dataDir: dir.root,
    });
    return {
      ...servers,
      setupLink,
      onEvent: (listener) => stations.onEvent(listener),
      registerDevice: async (input) => void (await stations.devices.put(input, "demo")),
      createDemoAccess: () => createDemoAccess(stations.access),
      close,
    };
  } catch (failure) {
    await close();
    throw asIaiError(failure, "start");
  }
}

/** Roles tell the others, and `iai cluster status`, that they are there. */
function startPresence(
  role: RoleName | null,
  deps: Omit<Parameters<typeof runPresence>[0], "role"> & { readonly life: Lifecycle },
): void {
  if (role === null) return;
  deps.life.run(
    "presence",
    (signal) => runPresence({ ...deps, role }, signal),
    () => undefined,
  );
}

/** Lists this process where others look for it; heartbeats go on until it closes. */
function registerService({ configuration, role }: StartOptions, apiUrl: string): void {
  const { hostname, port } = new URL(apiUrl);
  configuration.registry?.registerService({
    name: `iai-${role ?? "all"}`,
    ip: hostname,
    port: Number(port),
    metadata: { version: productVersion },
  });
}

function onceOnly(work: (failure: IaiError) => void): (failure: IaiError) => void {
  let done = false;
  return (failure) => {
    if (done) return;
    done = true;
    work(failure);
  };
}
