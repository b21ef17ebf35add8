import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { describeFailure, type SqlFailure } from "./errors.ts";
import { migrate } from "./migrate.ts";

/** Executes SQL on its own thread, so that an fsync or a long query never stops the main one. */
export interface SqlWorkerOptions {
  readonly path: string;
  /** The writer migrates; a reader can change nothing; the copier writes other files only. */
  readonly role: "writer" | "reader" | "copier";
  /** Connections; statements of one lane run in order, lanes are separate transactions. */
  readonly lanes: number;
  readonly busyTimeoutMs: number;
}

export interface SqlRequest {
  readonly id: number;
  readonly lane: number;
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
  /** True: refused unless the lane has an open transaction. */
  readonly inside: boolean;
}

/** Rows as arrays in column order; `changes` is 0 for a query. */
export interface SqlResult {
  readonly rows: readonly (readonly unknown[])[];
  readonly changes: number;
}

export type SqlReply =
  | { readonly id: number; readonly ok: true; readonly result: SqlResult }
  | { readonly id: number; readonly ok: false; readonly failure: SqlFailure };

const STATEMENTS_MAX = 300;

interface Prepared {
  readonly statement: StatementSync;
  readonly isQuery: boolean;
}

class Connection {
  readonly #db: DatabaseSync;
  #prepared = new Map<string, Prepared>();

  constructor(options: SqlWorkerOptions) {
    this.#db = new DatabaseSync(options.path, { timeout: options.busyTimeoutMs });
    this.#db.exec("PRAGMA journal_mode = WAL");
    this.#db.exec("PRAGMA synchronous = FULL");
    this.#db.exec("PRAGMA trusted_schema = OFF");
    this.#db.exec("PRAGMA cache_size = -8000");
    this.#db.exec("PRAGMA journal_size_limit = 67108864");
    if (options.role === "writer") migrate(this.#db);
    if (options.role === "reader") this.#db.exec("PRAGMA query_only = ON");
  }

  run(request: SqlRequest): SqlResult {
    // SQLite rolls back by itself when the disk is full or fails: what follows must not commit alone.
    if (request.inside && !this.#db.isTransaction) throw new Error("the transaction is gone");
    const { statement, isQuery } = this.#prepare(request.sql);
    if (isQuery) {
      return { rows: statement.all(...request.parameters) as unknown as unknown[][], changes: 0 };
    }
    return { rows: [], changes: Number(statement.run(...request.parameters).changes) };
  }

  close(): void {
    this.#prepared.clear();
    this.#db.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const oldest = this.#prepared.keys().next().value;
    if (this.#prepared.size >= STATEMENTS_MAX && oldest !== undefined)
      this.#prepared.delete(oldest);
    const statement = this.#db.prepare(sql);
    statement.setReturnArrays(true);
    const prepared = { statement, isQuery: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function serve(options: SqlWorkerOptions): void {
  const connections = Array.from({ length: options.lanes }, () => new Connection(options));
  const answer = (request: SqlRequest): SqlReply => {
    try {
      const connection = connections[request.lane];
      if (connection === undefined) throw new Error(`there is no lane ${request.lane}`);
      return { id: request.id, ok: true, result: connection.run(request) };
    } catch (failure) {
      return { id: request.id, ok: false, failure: describeFailure(failure) };
    }
  };
  parentPort?.on("message", (requests: readonly SqlRequest[] | "close") => {
    if (requests === "close") {
      for (const connection of connections) connection.close();
      parentPort?.close();
      return;
    }
    parentPort?.postMessage(requests.map(answer));
  });
}

try {
  serve(workerData as SqlWorkerOptions);
  parentPort?.postMessage({ opened: true });
} catch (failure) {
  parentPort?.postMessage({ opened: false, failure: describeFailure(failure) });
  parentPort?.close();
}
