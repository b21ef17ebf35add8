import { DatabaseSync, type StatementSync } from "node:sqlite";
import { createBoundedCache } from "../sql/bounded-cache.ts";
import type { SqlResult, SqlStatement } from "../sql/statement.ts";
import { describeFailure, SqlError } from "./errors.ts";
import { migrate } from "./migrate.ts";

/** How a file is opened for SQL. */
export interface SqlConnectionOptions {
  readonly path: string;
  /** The writer migrates; a reader can change nothing; the copier writes other files only. */
  readonly role: "writer" | "reader" | "copier";
  readonly busyTimeoutMs: number;
}

/** One connection with its prepared statements. Every failure is an `SqlError`. */
export interface SqlConnection {
  run(statement: SqlStatement): SqlResult;
  /** Refused unless a transaction is open. */
  runInside(statement: SqlStatement): SqlResult;
  close(): void;
}

/** Statements that are kept prepared. */
const PREPARED_MAX = 300;

export function openSqlConnection(options: SqlConnectionOptions): SqlConnection {
  const db = translated(() => openDatabase(options));
  const prepared = createBoundedCache<StatementSync>(PREPARED_MAX);
  const prepare = (sql: string): StatementSync =>
    prepared(sql, () => {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    });
  const execute = ({ sql, parameters, answer }: SqlStatement): SqlResult => {
    const statement = prepare(sql);
    if (answer === "rows" || answer === "counter") {
      return { rows: statement.all(...parameters) as unknown as unknown[][], changes: 0 };
    }
    return { rows: [], changes: Number(statement.run(...parameters).changes) };
  };
  return {
    run: (statement) => translated(() => execute(statement)),
    runInside: (statement) =>
      translated(() => {
        // SQLite rolls back by itself when the disk is full or fails: what follows must not commit alone.
        if (!db.isTransaction) throw new Error("the transaction is gone");
        return execute(statement);
      }),
    close: () => db.close(),
  };
}

function openDatabase({ path, role, busyTimeoutMs }: SqlConnectionOptions): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  db.exec("PRAGMA journal_mode = WAL");
  // NORMAL leaves the sync of a commit to whoever asks for it, and checkpoints to the thread that makes them.
  db.exec(`PRAGMA synchronous = ${role === "writer" ? "NORMAL" : "FULL"}`);
  db.exec("PRAGMA trusted_schema = OFF");
  db.exec("PRAGMA cache_size = -8000");
  db.exec("PRAGMA journal_size_limit = 67108864");
  if (role === "writer") {
    migrate(db);
    db.exec("PRAGMA wal_autocheckpoint = 0");
  }
  if (role === "reader") db.exec("PRAGMA query_only = ON");
  return db;
}

function translated<R>(work: () => R): R {
  try {
    return work();
  } catch (failure) {
    throw new SqlError(describeFailure(failure));
  }
}
