import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { IaiError } from "../../kernel/errors.ts";
import { linkThreads } from "../../kernel/remote.ts";
import { createTurns } from "../../kernel/turns.ts";
import type { BacktestRequest, BacktestResult } from "../../model/backtest.ts";
import type { Config } from "../config/schema.ts";
import type { BacktestWorkerCalls, BacktestWorkerData } from "../workers/backtest-worker.ts";

/** Back-tests that wait while one runs; more are told to come again. */
const WAITING_MAX = 4;

/** Runs back-tests one after the other, each on a thread of its own: alerts never wait for the past. */
export function createBacktests(
  config: Config,
  signal: AbortSignal,
): (request: BacktestRequest) => Promise<BacktestResult> {
  const turns = createTurns({ places: 1, waitingMax: WAITING_MAX, action: "back-test a rule" });
  return (request) => turns.use(() => runOnThread(request, config, signal));
}

async function runOnThread(
  request: BacktestRequest,
  config: Config,
  signal: AbortSignal,
): Promise<BacktestResult> {
  const data: BacktestWorkerData = { config };
  const worker = new Worker(new URL("../workers/backtest-worker.ts", import.meta.url), {
    workerData: data,
  });
  const link = linkThreads<BacktestWorkerCalls>(worker, {});
  const gone = once(worker, "exit").catch((cause: unknown) => cause);
  void gone.then((cause) => {
    const options = cause instanceof Error ? { cause } : {};
    const reason = "its thread has ended, nothing was changed";
    link.fail(new IaiError("INTERNAL", `Cannot back-test the rule: ${reason}`, options));
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await link.theirs.run(request);
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
