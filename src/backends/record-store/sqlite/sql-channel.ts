import { Worker } from "node:worker_threads";
import { IaiError } from "../../../kernel/errors.ts";
import type { SqlResult, SqlStatement } from "../sql/statement.ts";
import { recordsError, SqlError, type SqlFailure } from "./errors.ts";
import type { SqlConnectionOptions } from "./sql-connection.ts";

export interface SqlRequest {
  readonly id: number;
  readonly statement: SqlStatement;
}

export type SqlReply =
  | { readonly id: number; readonly ok: true; readonly result: SqlResult }
  | { readonly id: number; readonly ok: false; readonly failure: SqlFailure };

/**
 * The way to one SQL worker: for what waits for the disk. Statements run in the order they were sent; those sent in
 * one turn of the event loop travel in one message.
 */
export interface SqlChannel {
  run(statement: SqlStatement): Promise<SqlResult>;
  /** Ends after everything sent before has been answered. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: SqlResult) => void;
  readonly reject: (failure: unknown) => void;
}

type Opened = { readonly opened: true } | { readonly opened: false; readonly failure: SqlFailure };

/** Opens the file on a thread of its own. */
export async function openSqlChannel(options: SqlConnectionOptions): Promise<SqlChannel> {
  // No flags of the parent: `--input-type` and the like would keep the thread from starting.
  const worker = new Worker(new URL("./sql-worker.ts", import.meta.url), {
    workerData: options,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const opened = await new Promise<Opened>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if (!opened.opened) {
    await gone;
    throw openFailure(opened.failure, options.path);
  }
  return createChannel(worker, gone);
}

/** Why a file could not be opened, in our words. */
export function openFailure(failure: SqlFailure, path: string): IaiError {
  if (failure.code !== null) return new IaiError(failure.code, failure.message);
  return recordsError(failure, `open the records "${path}"`);
}

function createChannel(worker: Worker, gone: Promise<void>): SqlChannel {
  const waiting = new Map<number, Waiting>();
  let outgoing: SqlRequest[] = [];
  let lastId = 0;
  let end: Error | null = null;

  worker.on("message", (replies: readonly SqlReply[]) => {
    for (const reply of replies) {
      const waiter = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.ok) waiter?.resolve(reply.result);
      else waiter?.reject(new SqlError(reply.failure));
    }
  });
  const stop = (reason: string): void => {
    end ??= new SqlError({ message: reason, resultCode: null, code: "RECORDS_UNREACHABLE" });
    for (const waiter of waiting.values()) waiter.reject(end);
    waiting.clear();
  };
  worker.on("error", (failure) => stop(`the SQL thread failed (${String(failure)})`));
  worker.on("exit", () => stop("the SQL thread has ended"));

  const flush = (): void => {
    const requests = outgoing;
    outgoing = [];
    worker.postMessage(requests);
  };
  return {
    run: (statement) =>
      new Promise((resolve, reject) => {
        if (end !== null) return reject(end);
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        if (outgoing.length === 0) queueMicrotask(flush);
        outgoing.push({ id: lastId, statement });
      }),
    close: async () => {
      if (end === null) {
        end = new SqlError({
          message: "the records are closed",
          resultCode: null,
          code: "SHUTTING_DOWN",
        });
        // After the microtask that may still carry statements.
        await Promise.resolve();
        worker.postMessage("close");
      }
      await gone;
    },
  };
}
