import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ServerName, serverKind } from "./kinds.ts";
import {
  identify,
  isFrozen,
  type ProcessIdentity,
  residentBytes,
  stillRuns,
} from "./process-identity.ts";
import { endProcesses, freePorts, runningIn, signalAll } from "./processes.ts";
import type { Connection, ServerPlace, StartedProcess } from "./server.ts";
import { serverCache } from "./server-handle.ts";

/** Time a server has to end by itself, ms. */
const GRACE_MS = 10_000;

/** A server that was started for a developer and goes on when the command has ended. */
export interface ServerRun {
  readonly name: ServerName;
  readonly version: string;
  readonly ports: readonly number[];
  readonly connection: Connection;
  readonly processes: readonly StartedProcess[];
  /** From the start of its first process until it answered. */
  readonly readyMs: number;
}

/**
 * `partly`: some of its processes have ended. `gone`: all have, by themselves or with the machine; its data lies
 * there still. `stopped`: it was never started, or was taken down.
 */
export type RunState = "running" | "frozen" | "partly" | "gone" | "stopped";

export interface RunStatus {
  readonly name: ServerName;
  readonly state: RunState;
  /** null: it was never ready. */
  readonly run: ServerRun | null;
  readonly running: readonly StartedProcess[];
  readonly residentBytes: number;
}

/** What was found out while a server is brought up, for a person who waits. */
export type Progress = (text: string) => void;

/** Starts the server, or leaves it when it runs; one that is gone starts again with its data and ports. */
export async function bringUp(name: ServerName, tell: Progress): Promise<ServerRun> {
  const kind = await serverKind(name);
  mkdirSync(folderOf(name), { recursive: true, mode: 0o700 });
  using _ = holdLock(name);
  const before = statusOf(name);
  if (before.run !== null && before.state === "running") {
    tell(`${name}: runs already`);
    return before.run;
  }
  tell(`${name}: looking for it, fetching it if need be`);
  const cache = serverCache();
  await kind.fetch(cache);
  await endAll(placeOf(name), before.running);
  if (before.run !== null) tell(`${name}: it is ${before.state}, starting it again with its data`);
  const ports = before.run?.ports ?? (await freePorts(kind.portCount));
  const place = { cache, folder: placeOf(name), ports };
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  tell(`${name}: starting`);
  const run = await startIn(place, name);
  writeRun(run);
  return run;
}

/** Ends what this command started and removes its data; false: there was nothing. */
export async function takeDown(name: ServerName): Promise<boolean> {
  const { state, running } = statusOf(name);
  if (state === "stopped" && running.length === 0) return false;
  using _ = holdLock(name);
  await endAll(placeOf(name), running);
  rmSync(placeOf(name), { recursive: true, force: true });
  rmSync(stateFileOf(name), { force: true });
  return true;
}

export function statusOf(name: ServerName): RunStatus {
  const run = readRun(name);
  const running = runningIn(placeOf(name));
  const pids = running.map(({ pid }) => pid);
  return { name, state: stateOf(run, pids), run, running, residentBytes: residentBytes(pids) };
}

/** Where its data and its logs are. */
export function placeOf(name: ServerName): string {
  return join(folderOf(name), "place");
}

async function startIn(place: ServerPlace, name: ServerName): Promise<ServerRun> {
  const kind = await serverKind(name);
  const startedAt = performance.now();
  try {
    const { version, processes, connection } = await kind.start(place);
    const readyMs = Math.round(performance.now() - startedAt);
    return { name, version, ports: place.ports, connection, processes, readyMs };
  } catch (failure) {
    await endAll(place.folder, runningIn(place.folder));
    throw failure;
  }
}

/** A frozen process would not hear that it should end. */
async function endAll(folder: string, running: readonly StartedProcess[]): Promise<void> {
  signalAll(running, "SIGCONT");
  await endProcesses(running, GRACE_MS);
  // What its own scripts started meanwhile.
  await endProcesses(runningIn(folder), 0);
}

function stateOf(run: ServerRun | null, pids: readonly number[]): RunState {
  if (run === null) return pids.length === 0 ? "stopped" : "partly";
  const alive = run.processes.filter(({ pid }) => pids.includes(pid));
  if (alive.length === 0) return "gone";
  if (alive.length < run.processes.length) return "partly";
  return alive.every(({ pid }) => isFrozen(pid)) ? "frozen" : "running";
}

function folderOf(name: ServerName): string {
  const all = process.env["IAI_SERVERS_RUN"] ?? join(homedir(), ".cache", "iai", "servers-run");
  return join(all, name);
}

const stateFileOf = (name: ServerName): string => join(folderOf(name), "run.json");

function readRun(name: ServerName): ServerRun | null {
  try {
    return JSON.parse(readFileSync(stateFileOf(name), "utf8")) as ServerRun;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw failure;
  }
}

function writeRun(run: ServerRun): void {
  const path = stateFileOf(run.name);
  // It holds passwords.
  writeFileSync(`${path}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** One command at a time works on a server; what a dead one left behind does not count. */
function holdLock(name: ServerName): Disposable {
  const path = join(folderOf(name), "lock");
  const owner = lockOwner(path);
  if (owner !== null && stillRuns(owner))
    throw new Error(`Cannot work on ${name}: process ${owner.pid} is at it`);
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: "wx" });
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

function lockOwner(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity;
  } catch {
    return null;
  }
}
