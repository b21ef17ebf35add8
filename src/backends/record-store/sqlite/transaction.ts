import type { SQLInputValue } from "node:sqlite";
import type { CompiledQuery } from "kysely";
import type { RecordTables, TableName } from "../../../model/records.ts";
import type { RecordTransaction } from "../../../ports/record-store.ts";
import { decodeRow } from "./codec.ts";
import {
  countRows,
  type Fields,
  incrementCounter,
  insertRow,
  removeRows,
  type Selection,
  selectRows,
  updateRows,
} from "./queries.ts";
import type { SqlStatement } from "./sql-channel.ts";
import type { SqlResult } from "./sql-connection.ts";

export type RunStatement = (statement: SqlStatement) => Promise<SqlResult>;

/** The port's verbs over one lane; `run` knows the lane and whether its transaction is still open. */
export function createTransaction(run: RunStatement): RecordTransaction {
  const execute = (query: CompiledQuery): Promise<SqlResult> =>
    run({ sql: query.sql, parameters: query.parameters as SQLInputValue[], inside: true });

  const list = async <T extends TableName>(
    table: T,
    selection: Selection,
  ): Promise<readonly RecordTables[T][]> => {
    const { rows } = await execute(selectRows(table, selection));
    return rows.map((row) => decodeRow(table, row) as unknown as RecordTables[T]);
  };
  return {
    find: async (table, where) => (await list(table, { where, limit: 1 }))[0] ?? null,
    list: (table, query) => list(table, query as Selection),
    count: async (table, query) => {
      const { rows } = await execute(countRows(table, query as Selection));
      return Number(rows[0]?.[0] ?? 0);
    },
    insert: async (table, row) =>
      (await execute(insertRow(table, row as unknown as Fields))).changes === 1,
    update: async (table, where, patch) => {
      if (Object.keys(patch).length === 0) return (await list(table, { where })).length;
      return (await execute(updateRows(table, where, patch))).changes;
    },
    remove: async (table, where) => (await execute(removeRows(table, where))).changes,
    next: async (counter) => {
      const incremented = execute(incrementCounter(counter));
      const present = list("counter", { where: { name: counter }, limit: 1 });
      const [{ changes }, [row]] = await Promise.all([incremented, present]);
      if (changes === 1 && row !== undefined) return row.value;
      await execute(insertRow("counter", { name: counter, value: 1 }));
      return 1;
    },
  };
}
