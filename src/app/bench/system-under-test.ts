import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";

export type SystemName = "IAI" | "Node-RED";

/** A running system that takes readings by HTTP and posts alerts. */
export interface SystemUnderTest {
  readonly name: SystemName;
  readonly pid: number;
  readonly readingsUrl: string;
  readonly authorization: string | null;
  /** Resolves when the work that the readings caused is done, so that its processor time counts; bounded. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** A child process and everything needed to end it. */
export interface OwnedProcess {
  readonly pid: number;
  isGone(): boolean;
  /** What it wrote to standard error. */
  readonly complaints: Promise<string>;
  end(signal: NodeJS.Signals): Promise<void>;
}

const END_LIMIT_MS: Ms = 20_000;

/** Starts a program of Node; a process that does not end when asked is killed. */
export function startNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): OwnedProcess {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.pid === undefined) throw new IaiError("INTERNAL", `Cannot start "${args[0] ?? ""}"`);
  const gone = once(child, "exit").then(() => undefined);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isGone(child)) return;
    child.kill(signal);
    const waiting = new AbortController();
    const late = systemClock.sleep(END_LIMIT_MS, waiting.signal).then(() => child.kill("SIGKILL"));
    await gone;
    waiting.abort();
    await late;
  };
  const complaints = child.stderr === null ? Promise.resolve("") : text(child.stderr);
  return { pid: child.pid, isGone: () => isGone(child), complaints, end };
}

/** Asks again until the answer is true; throws when the process ends or the time is over. */
export async function waitUntil(
  ask: () => Promise<boolean>,
  options: {
    readonly owned: OwnedProcess;
    readonly limitMs: Ms;
    readonly what: string;
    /** Pause between two questions: each costs the system an answer. */
    readonly pauseMs: Ms;
  },
): Promise<void> {
  const deadline = performance.now() + options.limitMs;
  while (!(await ask().catch(() => false))) {
    if (options.owned.isGone()) {
      const why = (await options.owned.complaints).slice(-2_000);
      throw new IaiError("INTERNAL", `Cannot measure ${options.what}: it ended: ${why}`);
    }
    if (performance.now() > deadline) {
      throw new IaiError(
        "INTERNAL",
        `Cannot measure ${options.what}: not within ${options.limitMs} ms`,
      );
    }
    await systemClock.sleep(options.pauseMs);
  }
}

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") {
    throw new IaiError("INTERNAL", "Cannot find a free port");
  }
  return address.port;
}

const isGone = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;
