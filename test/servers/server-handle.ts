import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerName, serverKind } from "./kinds.ts";
import { endProcesses, freePorts, runningIn, signalAll } from "./processes.ts";
import type {
  Connection,
  RunningServer,
  ServerKind,
  ServerPlace,
  StartedProcess,
} from "./server.ts";

/** Time a server has to end by itself, ms. */
const GRACE_MS = 10_000;

/** A server that a test owns: it can be killed, frozen and started again in its place. */
export interface ServerHandle {
  readonly name: ServerName;
  readonly version: string;
  readonly connection: Connection;
  /** Its processes as they were started last. */
  processes(): readonly StartedProcess[];
  /** Kills all its processes, or the one of that name, and waits until they are gone. */
  kill(name?: string): Promise<void>;
  /** SIGSTOP and SIGCONT to all its processes, or the one of that name. */
  freeze(name?: string): void;
  thaw(name?: string): void;
  /** Starts it again where it was; what still runs is ended first. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Where downloads and builds are kept between runs. */
export function serverCache(): string {
  const path = process.env["IAI_SERVERS_CACHE"] ?? join(homedir(), ".cache", "iai", "servers");
  mkdirSync(path, { recursive: true });
  return path;
}

/** Fetches the server if need be and starts it in a temporary folder of its own. */
export async function startServer(name: ServerName): Promise<ServerHandle> {
  const kind = await serverKind(name);
  const cache = serverCache();
  await kind.fetch(cache);
  const folder = mkdtempSync(join(tmpdir(), `iai-${name}-`));
  const place = { cache, folder, ports: await freePorts(kind.portCount) };
  endAtExit(folder);
  try {
    const running = await kind.start(place);
    console.log(`server: ${name} ${running.version}`);
    return handleOf(kind, place, { name, running });
  } catch (failure) {
    await endProcesses(runningIn(folder), 0);
    rmSync(folder, { recursive: true, force: true });
    throw failure;
  }
}

function handleOf(
  kind: ServerKind,
  place: ServerPlace,
  first: { readonly name: ServerName; readonly running: RunningServer },
): ServerHandle {
  let running = first.running;
  const chosen = (name?: string) =>
    running.processes.filter((process) => name === undefined || process.name === name);
  const endAll = async (): Promise<void> => {
    const alive = runningIn(place.folder);
    // A frozen process does not hear that it should end.
    signalAll(alive, "SIGCONT");
    await endProcesses(alive, GRACE_MS);
  };

  return {
    name: first.name,
    version: running.version,
    connection: running.connection,
    processes: () => running.processes,
    kill: (name) => endProcesses(chosen(name), 0),
    freeze: (name) => signalAll(chosen(name), "SIGSTOP"),
    thaw: (name) => signalAll(chosen(name), "SIGCONT"),
    restart: async () => {
      await endAll();
      running = await kind.start(place);
    },
    stop: async () => {
      await endAll();
      rmSync(place.folder, { recursive: true, force: true });
    },
  };
}

/** A suite that is interrupted, or never comes to its end, leaves no server behind. */
function endAtExit(folder: string): void {
  process.once("exit", () => {
    if (!existsSync(folder)) return;
    signalAll(runningIn(folder), "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
}
