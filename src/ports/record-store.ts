import type { RecordTables, TableName } from "../model/records.ts";

type Scalar = string | number | boolean | null;
/** Comparison of one field; fields of a `where` are joined by AND. */
export type Comparison<V> =
  | V
  | { readonly in: readonly V[] }
  | { readonly gte?: V; readonly gt?: V; readonly lt?: V; readonly lte?: V }
  | { readonly not: V }
  | { readonly contains: string };

export type Where<T extends TableName> = {
  readonly [F in keyof RecordTables[T]]?: RecordTables[T][F] extends Scalar
    ? Comparison<RecordTables[T][F]>
    : never;
};

export interface ListQuery<T extends TableName> {
  readonly where?: Where<T>;
  /** Alternatives joined by OR, each an AND of its fields; combined with `where` by AND. */
  readonly any?: readonly Where<T>[];
  readonly orderBy?: readonly (readonly [keyof RecordTables[T] & string, "asc" | "desc"])[];
  readonly limit?: number;
}

export interface RecordTransaction {
  find<T extends TableName>(table: T, where: Where<T>): Promise<RecordTables[T] | null>;
  list<T extends TableName>(table: T, query: ListQuery<T>): Promise<readonly RecordTables[T][]>;
  count<T extends TableName>(table: T, query: Pick<ListQuery<T>, "where" | "any">): Promise<number>;
  /** False: a row with this key (or another unique field) exists, nothing was changed. */
  insert<T extends TableName>(table: T, row: RecordTables[T]): Promise<boolean>;
  /** Number of rows changed: 0 tells that `where` (a fencing token, an expected state) no longer holds. */
  update<T extends TableName>(
    table: T,
    where: Where<T>,
    patch: Partial<RecordTables[T]>,
  ): Promise<number>;
  remove<T extends TableName>(table: T, where: Where<T>): Promise<number>;
  /** Next number of a counter, from 1, dense: a rolled back transaction gives it back. */
  next(counter: string): Promise<number>;
}

/**
 * The plant's records: registry, alarms, reports, orders, users, outbox. Table names are the SQL names.
 * - Transactions are serialisable and all or nothing: when `work` throws, nothing was stored.
 * - Durability: a resolved transaction survives power loss. With `durability: "log"` it survives a crash of the
 *   process only, for effects that the log re-creates after power loss together with their position.
 * - `work` may run again after a dead lock or a lost connection: it has no effect but on the records.
 *   RECORDS_UNREACHABLE may mean that the outcome is not known.
 * - `work` may run longer than one statement but must not wait for anything but this transaction.
 * - Rows come back with every field, absent ones as null.
 */
export interface RecordStore {
  readonly capabilities: { readonly sharedBetweenProcesses: boolean };
  transaction<R>(
    work: (tx: RecordTransaction) => Promise<R>,
    options?: { readonly durability?: "full" | "log" },
  ): Promise<R>;
  /** Reads only, never waits for a writer, sees one consistent moment. */
  read<R>(work: (tx: Pick<RecordTransaction, "find" | "list" | "count">) => Promise<R>): Promise<R>;
  health(): Promise<{ readonly schemaVersion: number; readonly bytes: number | null }>;
  /** Consistent copy of everything into one file; UNSUPPORTED where the server has its own tool. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}
