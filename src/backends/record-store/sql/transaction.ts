import type { RecordTables, TableName } from "../../../model/records.ts";
import type { RecordTransaction } from "../../../ports/record-store.ts";
import type { Fields } from "./comparisons.ts";
import type { Selection } from "./queries.ts";
import type { RunSql } from "./statement.ts";
import type { Statements } from "./statements.ts";

export interface TransactionOptions {
  readonly statements: Statements;
  /** Knows the connection, and whether its transaction is still open. */
  readonly run: RunSql;
  /** True: it only looks, and nobody waits for it. */
  readonly readOnly: boolean;
}

/** The port's verbs over one connection. */
export function createTransaction(options: TransactionOptions): RecordTransaction {
  const { statements, run, readOnly } = options;
  const list = async <T extends TableName>(
    table: T,
    selection: Selection,
  ): Promise<readonly RecordTables[T][]> => {
    const { rows } = await run(statements.select(table, selection, !readOnly));
    return rows.map(statements.tables[table].decode) as unknown as RecordTables[T][];
  };
  const count = async (table: TableName, selection: Selection): Promise<number> => {
    const { rows } = await run(statements.count(table, selection, !readOnly));
    return Number(rows[0]?.[0] ?? 0);
  };
  return {
    find: async (table, where) => (await list(table, { where, limit: 1 }))[0] ?? null,
    list: (table, query) => list(table, query as Selection),
    count: (table, query) => count(table, query as Selection),
    insert: async (table, row) =>
      (await run(statements.insert(table, row as unknown as Fields))).changes === 1,
    update: async (table, where, patch) => {
      const statement = statements.update(table, where, patch);
      return statement === null ? count(table, { where }) : (await run(statement)).changes;
    },
    remove: async (table, where) => (await run(statements.remove(table, where))).changes,
    next: async (counter) => Number((await run(statements.countUp(counter))).rows[0]?.[0]),
  };
}
