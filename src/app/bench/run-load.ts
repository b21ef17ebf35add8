import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { repositoryRoot } from "../repository.ts";
import type { LoadResult } from "./load-generator.ts";
import type { LoadPlan } from "./load-plan.ts";
import { cpuMsOf, residentMbOf } from "./process-usage.ts";
import type { SystemUnderTest } from "./system-under-test.ts";

/** A run with what it cost the system, until everything it caused was done. */
export interface Measured extends LoadResult {
  readonly cpuMsPerThousand: number;
  readonly residentMb: number;
}

/** Beyond, the generator's own delay is the measurement. */
const LAG_LIMIT_MS = 100;
const TRIES = 3;

/** Runs a plan; a run that the generator spoiled is repeated with new readings, the last one counts anyway. */
export async function measure(
  system: SystemUnderTest,
  planOf: (attempt: number) => LoadPlan,
): Promise<Measured> {
  for (let attempt = 1; ; attempt += 1) {
    const measured = await measureOnce(system, planOf(attempt));
    if (measured.generatorLagMs <= LAG_LIMIT_MS || attempt === TRIES) return measured;
  }
}

async function measureOnce(system: SystemUnderTest, plan: LoadPlan): Promise<Measured> {
  const cpuBefore = cpuMsOf(system.pid);
  let residentMb = 0;
  const sampling = new AbortController();
  const sampled = sample(sampling.signal, () => {
    residentMb = Math.max(residentMb, residentMbOf(system.pid));
  });
  const result = await runAndSettle(system, plan).finally(() => sampling.abort());
  await sampled;
  const cpuMs = cpuMsOf(system.pid) - cpuBefore;
  return { ...result, cpuMsPerThousand: (cpuMs / result.acknowledged) * 1000, residentMb };
}

async function runAndSettle(system: SystemUnderTest, plan: LoadPlan): Promise<LoadResult> {
  const result = await runGenerator(plan);
  await system.settle();
  return result;
}

/** Runs the generator in a process of its own. */
export async function runGenerator(plan: LoadPlan): Promise<LoadResult> {
  const entry = join(repositoryRoot, "src", "app", "bench", "load-generator.ts");
  const child = spawn(process.execPath, [entry], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(plan));
  const [said] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (child.exitCode !== 0) {
    throw new IaiError("INTERNAL", `Cannot measure: the generator ended with ${child.exitCode}`);
  }
  return JSON.parse(said) as LoadResult;
}

async function sample(signal: AbortSignal, look: () => void): Promise<void> {
  while (!signal.aborted) {
    look();
    await systemClock.sleep(250, signal);
  }
}
