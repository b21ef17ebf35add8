import type { SQLInputValue } from "node:sqlite";
import type { TableName } from "../../../model/records.ts";
import {
  type ColumnKind,
  columnName,
  derivedColumns,
  recordCatalogue,
} from "../../../wire/record-catalogue.ts";

/** A column as this backend reads it. */
export interface SqlColumn {
  readonly field: string;
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Columns of a table in the order in which they are selected. */
export function columnsOf(table: TableName): readonly SqlColumn[] {
  return columnLists[table];
}

/** The column of a field; a name that is not in the catalogue is our mistake and never reaches SQL. */
export function columnOf(table: TableName, field: string): SqlColumn {
  const column = columnMaps[table].get(field);
  if (column === undefined) throw new Error(`"${table}" has no field "${field}"`);
  return column;
}

/** One value as SQLite keeps it. */
export function encodeValue(kind: ColumnKind, value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (kind === "json") return JSON.stringify(value);
  if (kind === "boolean") return value === true ? 1 : 0;
  return value as string | number;
}

/** The columns of a whole row or of a patch, derived ones included. */
export function encodeRow(
  table: TableName,
  row: Readonly<Record<string, unknown>>,
): Record<string, SQLInputValue> {
  const encoded: Record<string, SQLInputValue> = { ...derivedColumns(table, row) };
  for (const [field, value] of Object.entries(row)) {
    const column = columnOf(table, field);
    encoded[column.name] = encodeValue(column.kind, value);
  }
  return encoded;
}

/** A row as selected, in column order, back in the model's words. */
export function decodeRow(table: TableName, values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columnLists[table].forEach((column, index) => {
    row[column.field] = decodeValue(column.kind, values[index]);
  });
  return row;
}

function decodeValue(kind: ColumnKind, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (kind === "json") return JSON.parse(String(value));
  if (kind === "boolean") return value === 1;
  return value;
}

function forEachTable<V>(make: (table: TableName) => V): Readonly<Record<TableName, V>> {
  const tables = Object.keys(recordCatalogue) as TableName[];
  return Object.fromEntries(tables.map((table) => [table, make(table)])) as Record<TableName, V>;
}

const columnLists = forEachTable((table) =>
  Object.entries<ColumnKind>(recordCatalogue[table]).map(
    ([field, kind]): SqlColumn => ({ field, kind, name: columnName(field) }),
  ),
);

const columnMaps = forEachTable(
  (table) => new Map(columnLists[table].map((column) => [column.field, column])),
);
