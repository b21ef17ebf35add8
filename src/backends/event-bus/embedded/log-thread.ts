import { Worker } from "node:worker_threads";
import { IaiError } from "../../../kernel/errors.ts";
import type { StorageFailure } from "./errors.ts";
import type { LogAnswer, LogRequest } from "./messages.ts";

type AnswerOf<K extends LogAnswer["kind"]> = Extract<LogAnswer, { readonly kind: K }>;

/** The worker that owns `log.db`, seen from the main thread: requests are answered in order. */
export interface LogThread {
  readonly opened: AnswerOf<"open">;
  append(request: Extract<LogRequest, { ask: "append" }>): Promise<AnswerOf<"appended">>;
  upkeep(request: Extract<LogRequest, { ask: "upkeep" }>): Promise<AnswerOf<"kept">>;
  close(): Promise<void>;
}

/** Resolves when the log is open and recovered; a request that fails rejects with the storage code. */
export async function startLogThread(path: string): Promise<LogThread> {
  const worker = new Worker(new URL("./log-worker.ts", import.meta.url), {
    workerData: path,
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const waiting: { resolve: (value: LogAnswer) => void; reject: (error: IaiError) => void }[] = [];
  let gone: IaiError | null = null;

  worker.on("message", (message: LogAnswer) => {
    const waiter = waiting.shift();
    if (message.kind === "failed") waiter?.reject(refusal(path, message.failure));
    else waiter?.resolve(message);
  });
  const end = (reason: string): void => {
    gone = refusal(path, { code: "STORAGE_IO_ERROR", detail: reason });
    for (const waiter of waiting.splice(0)) waiter.reject(gone);
  };
  worker.on("error", (failure) => end(`the log's thread failed: ${String(failure)}`));
  worker.on("exit", () => end("the log's thread has ended"));

  const next = <K extends LogAnswer["kind"]>(): Promise<AnswerOf<K>> =>
    new Promise((resolve, reject) => {
      if (gone !== null) return reject(gone);
      waiting.push({ resolve: resolve as (value: LogAnswer) => void, reject });
    });
  const opened = await next<"open">().catch(async (failure: unknown) => {
    await worker.terminate();
    throw failure;
  });

  const post = (request: LogRequest, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(request, transfer);
  return {
    opened,
    append: (request) => {
      post(request, [request.body]);
      return next<"appended">();
    },
    upkeep: (request) => {
      post(request);
      return next<"kept">();
    },
    close: async () => {
      post({ ask: "close" });
      // A log that cannot be tidied at the end is recovered at the next start.
      await next<"closed">().catch(() => undefined);
      await worker.terminate();
    },
  };
}

function refusal(path: string, failure: StorageFailure): IaiError {
  const message = `Cannot write the log "${path}": ${failure.detail}; nothing of it was accepted`;
  return new IaiError(failure.code, message);
}
