import { readdirSync, readFileSync } from "node:fs";

/** What tells a process from a later one with the same id: when it started, in which run of the machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to its own. */
  readonly startTicks: number;
  readonly bootId: string;
}

/** null: there is no such process, or it has ended and only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = statOf(pid);
  return stat === null ? null : { pid, startTicks: stat.startTicks, bootId: bootId() };
}

/** True while exactly this process runs. */
export function stillRuns(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== null && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** True while it is stopped by a signal. */
export function isFrozen(pid: number): boolean {
  return statOf(pid)?.state === "T";
}

/** Memory in use of these processes and of all that belong to their sessions, bytes. */
export function residentBytes(pids: readonly number[]): number {
  let bytes = 0;
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (stat !== null && pids.includes(stat.session)) bytes += residentBytesOf(Number(name));
  }
  return bytes;
}

function residentBytesOf(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function statOf(
  pid: number,
): { readonly state: string; readonly session: number; readonly startTicks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const state = fields[0] ?? "";
    if (state === "Z" || state === "X") return null;
    return { state, session: Number(fields[3]), startTicks: Number(fields[19]) };
  } catch {
    return null;
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
