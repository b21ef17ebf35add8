import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

type Row = Record<string, unknown>;

/** Who has the file: the store that writes it, or a reader beside it. */
export type FileAccess = "owner" | "reader";

/** One SQLite file with its prepared statements; every commit is on the disk before it returns. */
export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, schema: string, access: FileAccess) {
    this.#database = new DatabaseSync(path, { readOnly: access === "reader", timeout: 5_000 });
    if (access === "reader") return;
    this.#database.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1024",
    );
    this.#database.exec(schema);
  }

  /** Runs `work` in one transaction; when it throws, nothing was stored. */
  transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (failure) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw failure;
    }
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Rows one by one: the reader may stop at any of them. */
  iterate(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    // A statement that is being iterated cannot be started again, so each iteration has its own.
    return this.#database.prepare(sql).iterate(...values);
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** A number of a row that the schema guarantees. */
export function numberOf(row: Row, field: string): number {
  const value = row[field];
  if (typeof value !== "number") throw new RangeError(`the field ${field} is not a number`);
  return value;
}

export function textOf(row: Row, field: string): string {
  const value = row[field];
  if (typeof value !== "string") throw new RangeError(`the field ${field} is not a text`);
  return value;
}

export function bytesOf(row: Row, field: string): Uint8Array {
  const value = row[field];
  if (!(value instanceof Uint8Array)) throw new RangeError(`the field ${field} is not a block`);
  return value;
}
