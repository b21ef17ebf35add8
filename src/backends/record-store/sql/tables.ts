import type { TableName } from "../../../model/records.ts";
import { type ColumnKind, columnName, recordCatalogue } from "../../../wire/record-catalogue.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlValue } from "./statement.ts";

/** A field and the column it lies in. */
export interface SqlColumn {
  readonly field: string;
  readonly name: string;
  readonly kind: ColumnKind;
  encode(value: unknown): SqlValue;
}

export interface SqlTable {
  readonly name: TableName;
  /** In the order in which they are selected and inserted. */
  readonly columns: readonly SqlColumn[];
  /** The column of a field; a name that is not in the catalogue is our mistake and never reaches SQL. */
  column(field: string): SqlColumn;
  /** A row as selected, in column order, back in the model's words. */
  decode(values: readonly unknown[]): Record<string, unknown>;
}

export type SqlTables = Readonly<Record<TableName, SqlTable>>;

/** Every table as one dialect keeps it. */
export function describeTables(dialect: SqlDialect): SqlTables {
  const names = Object.keys(recordCatalogue) as TableName[];
  const tables = names.map((name) => [name, describeTable(name, dialect)]);
  return Object.fromEntries(tables) as Record<TableName, SqlTable>;
}

function describeTable(name: TableName, dialect: SqlDialect): SqlTable {
  const columns = Object.entries<ColumnKind>(recordCatalogue[name]).map(
    ([field, kind]): SqlColumn => {
      const encode = dialect.encoderOf(kind);
      return {
        field,
        kind,
        name: columnName(field),
        encode: (value) => (value === null || value === undefined ? null : encode(value)),
      };
    },
  );
  const byField = new Map(columns.map((column) => [column.field, column]));
  return {
    name,
    columns,
    column: (field) => {
      const column = byField.get(field);
      if (column === undefined) throw new Error(`"${name}" has no field "${field}"`);
      return column;
    },
    decode: createDecoder(columns, dialect),
  };
}

/** Copies a row of nulls and fills it: an object with all its fields is copied several times faster than built. */
function createDecoder(columns: readonly SqlColumn[], dialect: SqlDialect): SqlTable["decode"] {
  const empty = Object.fromEntries(columns.map(({ field }) => [field, null]));
  const places = columns.map(({ field, kind }, index) => {
    return { field, index, decode: dialect.decoderOf(kind) };
  });
  return (values) => {
    const row: Record<string, unknown> = { ...empty };
    for (const { field, index, decode } of places) {
      const value = values[index];
      if (value !== null) row[field] = decode === null ? value : decode(value);
    }
    return row;
  };
}
