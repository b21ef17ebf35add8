import type { SQLInputValue } from "node:sqlite";
import {
  type CompiledQuery,
  DummyDriver,
  type Expression,
  type ExpressionBuilder,
  Kysely,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from "kysely";
import type { TableName } from "../../../model/records.ts";
import { columnOf, columnsOf, encodeRow, encodeValue, type SqlColumn } from "./codec.ts";

/** Fields joined by AND; see `Where` of the port. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Selection {
  readonly where?: Fields;
  readonly any?: readonly Fields[];
  readonly orderBy?: readonly (readonly [string, "asc" | "desc"])[];
  readonly limit?: number;
}

type Schema = Record<string, Record<string, SQLInputValue>>;
type Builder = ExpressionBuilder<Schema, string>;

/** Only builds SQL; it is executed on the SQL thread. */
const builder = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Rows in column order of `columnsOf(table)`. */
export function selectRows(table: TableName, selection: Selection): CompiledQuery {
  let query = builder
    .selectFrom(table)
    .select(columnsOf(table).map((column) => column.name))
    .where((eb) => condition(eb, table, selection));
  for (const [field, direction] of selection.orderBy ?? []) {
    query = query.orderBy(columnOf(table, field).name, direction);
  }
  if (selection.limit !== undefined) query = query.limit(selection.limit);
  return query.compile();
}

export function countRows(table: TableName, selection: Selection): CompiledQuery {
  return builder
    .selectFrom(table)
    .select((eb) => eb.fn.countAll().as("rows"))
    .where((eb) => condition(eb, table, selection))
    .compile();
}

/** Changes nothing where a unique field is taken already. */
export function insertRow(table: TableName, row: Fields): CompiledQuery {
  return builder
    .insertInto(table)
    .values(encodeRow(table, row))
    .onConflict((conflict) => conflict.doNothing())
    .compile();
}

export function updateRows(table: TableName, where: Fields, patch: Fields): CompiledQuery {
  return builder
    .updateTable(table)
    .set(encodeRow(table, patch))
    .where((eb) => condition(eb, table, { where }))
    .compile();
}

export function removeRows(table: TableName, where: Fields): CompiledQuery {
  return builder
    .deleteFrom(table)
    .where((eb) => condition(eb, table, { where }))
    .compile();
}

export function incrementCounter(name: string): CompiledQuery {
  return builder
    .updateTable("counter")
    .set((eb) => ({ value: eb("value", "+", 1) }))
    .where("name", "=", name)
    .compile();
}

function condition(eb: Builder, table: TableName, selection: Selection): Expression<SqlBool> {
  const parts = allOf(eb, table, selection.where ?? {});
  if (selection.any !== undefined) {
    parts.push(eb.or(selection.any.map((fields) => eb.and(allOf(eb, table, fields)))));
  }
  return eb.and(parts);
}

function allOf(eb: Builder, table: TableName, fields: Fields): Expression<SqlBool>[] {
  return Object.entries(fields)
    .filter(([, wanted]) => wanted !== undefined)
    .map(([field, wanted]) => comparison(eb, columnOf(table, field), wanted));
}

const ranges = [
  ["gte", ">="],
  ["gt", ">"],
  ["lt", "<"],
  ["lte", "<="],
] as const;

function comparison(eb: Builder, column: SqlColumn, wanted: unknown): Expression<SqlBool> {
  if (wanted === null || typeof wanted !== "object") return equals(eb, column, wanted);
  if ("in" in wanted) return oneOf(eb, column, wanted.in as readonly unknown[]);
  if ("not" in wanted) return differs(eb, column, wanted.not);
  if ("contains" in wanted) {
    const pattern = `%${String(wanted.contains).replace(/[!%_]/g, "!$&")}%`;
    return sql<SqlBool>`${sql.ref(column.name)} like ${pattern} escape '!'`;
  }
  const bounds = wanted as Readonly<Record<string, unknown>>;
  return eb.and(
    ranges
      .filter(([name]) => bounds[name] !== undefined)
      .map(([name, operator]) => eb(column.name, operator, encodeValue(column.kind, bounds[name]))),
  );
}

function equals(eb: Builder, column: SqlColumn, value: unknown): Expression<SqlBool> {
  if (value === null) return eb(column.name, "is", null);
  return eb(column.name, "=", encodeValue(column.kind, value));
}

/** A row without a value differs from every value, as in TypeScript and not as in SQL. */
function differs(eb: Builder, column: SqlColumn, value: unknown): Expression<SqlBool> {
  if (value === null) return eb(column.name, "is not", null);
  const other = eb(column.name, "!=", encodeValue(column.kind, value));
  return eb.or([other, eb(column.name, "is", null)]);
}

function oneOf(eb: Builder, column: SqlColumn, values: readonly unknown[]): Expression<SqlBool> {
  const present = values.filter((value) => value !== null);
  const parts: Expression<SqlBool>[] = [];
  if (present.length > 0) {
    const encoded = present.map((value) => encodeValue(column.kind, value));
    parts.push(eb(column.name, "in", encoded));
  }
  if (present.length < values.length) parts.push(eb(column.name, "is", null));
  // No alternative at all is false: `eb.or([])`.
  return eb.or(parts);
}
