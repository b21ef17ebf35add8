import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqlFailure } from "./errors.ts";
import { migrate } from "./migrate.ts";

/** How a file is opened for SQL. */
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

/** One connection with its prepared statements. */
export class SqlConnection {
  readonly #db: DatabaseSync;
  #prepared = new Map<string, Prepared>();

  constructor(options: SqlWorkerOptions) {
    this.#db = new DatabaseSync(options.path, { timeout: options.busyTimeoutMs });
    this.#db.exec("PRAGMA journal_mode = WAL");
    // NORMAL leaves the sync of a commit to whoever asks for it, and checkpoints to the thread that makes them.
    this.#db.exec(`PRAGMA synchronous = ${options.role === "writer" ? "NORMAL" : "FULL"}`);
    this.#db.exec("PRAGMA trusted_schema = OFF");
    this.#db.exec("PRAGMA cache_size = -8000");
    this.#db.exec("PRAGMA journal_size_limit = 67108864");
    if (options.role === "writer") {
      migrate(this.#db);
      this.#db.exec("PRAGMA wal_autocheckpoint = 0");
    }
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
