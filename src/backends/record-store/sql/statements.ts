import assert from "node:assert";
import type { CompiledQuery } from "kysely";
import type { TableName } from "../../../model/records.ts";
import { derivedColumns } from "../../../wire/record-catalogue.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import { type Fields, visitComparisons } from "./comparisons.ts";
import type { SqlDialect } from "./dialect.ts";
import { createQueryWriter, type Selection } from "./queries.ts";
import type { SqlAnswer, SqlStatement, SqlValue } from "./statement.ts";
import { describeTables, type SqlTable, type SqlTables } from "./tables.ts";

/** Shapes whose SQL is kept; the program itself has less than 200. */
const SHAPES_MAX = 1_000;

/** The port's verbs as SQL with its parameters. */
export interface Statements {
  readonly tables: SqlTables;
  /** `lock`: within a transaction; takes locks where the dialect needs them. */
  select(table: TableName, selection: Selection, lock: boolean): SqlStatement;
  count(table: TableName, selection: Selection, lock: boolean): SqlStatement;
  insert(table: TableName, row: Fields): SqlStatement;
  /** null: the patch changes nothing. */
  update(table: TableName, where: Fields, patch: Fields): SqlStatement | null;
  remove(table: TableName, where: Fields): SqlStatement;
  countUp(counter: string): SqlStatement;
}

/**
 * SQL is written once per shape (table, fields and operators of `where`, order, limit, fields of the patch) and then
 * found by the shape's key: to write it takes longer than to execute it.
 */
export function createStatements(dialect: SqlDialect): Statements {
  const tables = describeTables(dialect);
  const writer = createQueryWriter(dialect);
  const texts = createBoundedCache<string>(SHAPES_MAX);
  const { readsLock } = dialect.capabilities;
  const statement = (shape: Shape, answer: SqlAnswer, write: () => CompiledQuery) => {
    const sql = texts(shape.key, () => textOf(write()));
    return { sql, parameters: shape.values, answer };
  };

  return {
    tables,
    select: (name, selection, inTransaction) => {
      const table = tables[name];
      const lock = inTransaction && readsLock;
      const shape = openShape(`${lock ? "lock" : "select"} ${name}`);
      addSelection(shape, table, selection);
      return statement(shape, "rows", () => writer.select(table, selection, lock));
    },
    count: (name, selection, inTransaction) => {
      const table = tables[name];
      const lock = inTransaction && readsLock;
      const shape = openShape(`${lock ? "lock count" : "count"} ${name}`);
      addSelection(shape, table, selection);
      return statement(shape, "rows", () => writer.count(table, selection, lock));
    },
    insert: (name, row) => {
      const shape = openShape(`insert ${name}`);
      const columns = addRow(shape, tables[name], row);
      return statement(shape, "inserted", () => writer.insert(tables[name], columns()));
    },
    update: (name, where, patch) => {
      const table = tables[name];
      const shape = openShape(`update ${name}`);
      const columns = addPatch(shape, table, { patch, where });
      if (columns.length === 0) return null;
      addFields(shape, table, where);
      return statement(shape, "changes", () => writer.update(table, columns, where));
    },
    remove: (name, where) => {
      const table = tables[name];
      const shape = openShape(`remove ${name}`);
      addFields(shape, table, where);
      return statement(shape, "changes", () => writer.remove(table, where));
    },
    countUp: (counter) =>
      statement({ key: "count up", values: [counter] }, "counter", () => writer.countUp()),
  };
}

interface Shape {
  key: string;
  readonly values: SqlValue[];
}

function openShape(key: string): Shape {
  return { key, values: [] };
}

function addFields(shape: Shape, table: SqlTable, fields: Fields): void {
  shape.key += " where";
  visitComparisons(table, fields, (column, operator, values) => {
    shape.key += ` ${column.name} ${operator}`;
    if (values.length > 1) shape.key += values.length;
    for (const value of values) shape.values.push(value as SqlValue);
  });
}

function addSelection(shape: Shape, table: SqlTable, selection: Selection): void {
  const { where, any, orderBy, limit } = selection;
  if (where !== undefined) addFields(shape, table, where);
  if (any !== undefined) {
    shape.key += ` any${any.length}`;
    for (const fields of any) addFields(shape, table, fields);
  }
  if (orderBy !== undefined) {
    for (const [field, direction] of orderBy) shape.key += ` order ${field} ${direction}`;
  }
  if (limit !== undefined) shape.key += ` limit ${limit}`;
}

/** All columns of the table, absent fields as null; the names are asked for once per shape. */
function addRow(shape: Shape, table: SqlTable, row: Fields): () => readonly string[] {
  let present = 0;
  for (const column of table.columns) {
    const value = row[column.field];
    if (value !== undefined) present += 1;
    shape.values.push(column.encode(value));
  }
  // Counted first: names are looked up only where the row has one that the table has not.
  if (present < Object.keys(row).length) for (const field of Object.keys(row)) table.column(field);
  const derived = derivedColumns(table.name, row);
  const names = Object.keys(derived);
  for (const name of names) shape.values.push(derived[name] ?? null);
  if (names.length > 0) shape.key += ` ${names.join(" ")}`;
  return () => [...table.columns.map((column) => column.name), ...names];
}

/** Leaves out what `where` says already: writing a key again rewrites its index. */
function addPatch(
  shape: Shape,
  table: SqlTable,
  { patch, where }: { readonly patch: Fields; readonly where: Fields },
): readonly string[] {
  const derived = derivedColumns(table.name, patch);
  const names = Object.keys(derived);
  for (const name of names) shape.values.push(derived[name] ?? null);
  for (const field of Object.keys(patch)) {
    const value = patch[field];
    if (isKnown(value, where[field])) continue;
    const column = table.column(field);
    names.push(column.name);
    shape.values.push(column.encode(value));
  }
  shape.key += ` set ${names.join(" ")}`;
  return names;
}

/** True: rows that meet the comparison have the value already. */
function isKnown(value: unknown, wanted: unknown): boolean {
  return value === wanted && (typeof value === "string" || typeof value === "number");
}

/** The parameters of a written query are slot numbers; they must stand in the order in which values are bound. */
function textOf({ sql, parameters }: CompiledQuery): string {
  assert.deepEqual(
    parameters,
    parameters.map((_, slot) => slot),
    sql,
  );
  return sql;
}
