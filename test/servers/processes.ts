import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, type ProcessIdentity, stillRuns } from "./process-identity.ts";
import type { ServerPlace, StartedProcess } from "./server.ts";

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Every process ever started in a place, one JSON a line. */
const JOURNAL = "processes.ndjson";

/**
 * Starts a program that outlives this process; its output goes to `<folder>/<name>.log`, and its identity to
 * the place's journal, so that it can be ended also when nobody got to know it.
 */
export function startProgram(place: ServerPlace, program: Program): StartedProcess {
  const log = openSync(logOf(place, program.name), "a");
  const child = spawn(program.command, program.args, {
    cwd: program.cwd ?? place.folder,
    env: { ...process.env, ...program.env },
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined)
    throw new Error(`Cannot start ${program.name}: "${program.command}" does not run`);
  const started = { name: program.name, pid: child.pid };
  const line = JSON.stringify({ ...started, ...identify(child.pid) });
  appendFileSync(join(place.folder, JOURNAL), `${line}\n`);
  return started;
}

/** The processes that were started in a folder and still run, and no others that have their ids by now. */
export function runningIn(folder: string): readonly StartedProcess[] {
  return journalOf(folder).filter(stillRuns);
}

function journalOf(folder: string): readonly (StartedProcess & ProcessIdentity)[] {
  try {
    const lines = readFileSync(join(folder, JOURNAL), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as StartedProcess & ProcessIdentity);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw failure;
  }
}

export function logOf(place: ServerPlace, name: string): string {
  return join(place.folder, `${name}.log`);
}

/** True while the process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/**
 * Asks `ready` every 100 ms until it says yes; throws with the end of the log when the process ends or the
 * time is over.
 */
export async function waitUntilReady(
  place: ServerPlace,
  started: StartedProcess,
  options: { readonly ready: () => Promise<boolean>; readonly withinMs: number },
): Promise<void> {
  const until = performance.now() + options.withinMs;
  for (;;) {
    if (await options.ready().catch(() => false)) return;
    const ended = !isAlive(started.pid);
    if (ended || performance.now() > until) {
      const end = readFileSync(logOf(place, started.name), "utf8").slice(-2_000);
      const why = ended ? "it ended by itself" : `no answer within ${options.withinMs} ms`;
      throw new Error(`Cannot start ${started.name}: ${why}. The end of its log:\n${end}`);
    }
    await sleep(100);
  }
}

/** The nth of the ports that the place was given. */
export function portOf(place: ServerPlace, index: number): number {
  const port = place.ports[index];
  if (port === undefined) throw new Error(`Cannot use port ${index}: the place has fewer`);
  return port;
}

/** Below those that the system gives to outgoing connections: a slow server would find its port taken by one. */
const PORTS = { from: 12_000, to: 32_000 };

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > 1_000) throw new Error(`Cannot find ${count} free ports`);
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isPortFree(port)) found.add(port);
  }
  return [...found];
}

/** True when nobody listens on it now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Ends processes: asks, and insists after `graceMs`. */
export async function endProcesses(
  processes: readonly StartedProcess[],
  graceMs: number,
): Promise<void> {
  signalAll(processes, "SIGTERM");
  const until = performance.now() + graceMs;
  while (processes.some(({ pid }) => isAlive(pid)) && performance.now() < until) await sleep(50);
  signalAll(processes, "SIGKILL");
  while (processes.some(({ pid }) => isAlive(pid))) await sleep(20);
}

export function signalAll(processes: readonly StartedProcess[], name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== "ESRCH") throw failure;
    }
  }
}

export function writeConfig(place: ServerPlace, name: string, text: string): string {
  const path = join(place.folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
