import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { linkThreads } from "../../kernel/remote.ts";
import type { BacktestRequest, BacktestResult } from "../../model/backtest.ts";
import { backtestFolder } from "../backtest/backtest-folder.ts";
import type { Config } from "../config/schema.ts";

/** Handed to the thread when it starts. */
export interface BacktestWorkerData {
  readonly config: Config;
}

/** What the thread offers. */
export interface BacktestWorkerCalls {
  run(request: BacktestRequest): Promise<BacktestResult>;
}

const { config } = workerData as BacktestWorkerData;
linkThreads<Record<never, never>>(parentPort as MessagePort, {
  run: (request: BacktestRequest) => backtestFolder(request, config),
});
