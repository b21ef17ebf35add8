import { type ColumnSpec, isOptional, type Step, typeOf } from "../sql/migrations/migration.ts";

/** A step of a migration as statements of SQLite. */
export function statementsOf(step: Step): readonly string[] {
  if ("drop" in step) return [`ALTER TABLE "${step.table}" DROP COLUMN "${step.name}"`];
  switch (step.add) {
    case "table":
      return [createTable(step), ...createIndexes(step)];
    case "column":
      return [`ALTER TABLE "${step.table}" ADD COLUMN ${column(step.name, step.type)}`];
    case "index":
      return [createIndex(step.name, step.table, step.columns)];
    case "full text":
      return []; // FTS5 splits no Chinese words; IAI's own search needs no index.
  }
}

type Table = Extract<Step, { readonly add: "table" }>;

function createTable({ name, columns, key, unique = [], clustered }: Table): string {
  const lines = Object.entries(columns).map(([field, spec]) => column(field, spec));
  lines.push(`PRIMARY KEY (${listOf(key)})`, ...unique.map((field) => `UNIQUE ("${field}")`));
  const kind = clustered === true ? "STRICT, WITHOUT ROWID" : "STRICT";
  return `CREATE TABLE "${name}" (${lines.join(", ")}) ${kind}`;
}

function createIndexes({ name, indexes = {} }: Table): readonly string[] {
  return Object.entries(indexes).map(([index, columns]) => createIndex(index, name, columns));
}

function createIndex(name: string, table: string, columns: readonly string[]): string {
  return `CREATE INDEX "${name}" ON "${table}" (${listOf(columns)})`;
}

const types = {
  word: "TEXT",
  text: "TEXT",
  json: "TEXT",
  integer: "INTEGER",
  boolean: "INTEGER",
  instant: "INTEGER",
  real: "REAL",
} as const;

function column(name: string, spec: ColumnSpec): string {
  return `"${name}" ${types[typeOf(spec)]}${isOptional(spec) ? "" : " NOT NULL"}`;
}

function listOf(columns: readonly string[]): string {
  return columns.map((name) => `"${name}"`).join(", ");
}
