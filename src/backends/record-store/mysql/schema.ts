import { type ColumnSpec, isOptional, type Step, typeOf } from "../sql/migrations/migration.ts";

/** One change of the schema that MySQL makes whole or not at all, and how to see whether it is made. */
export interface SchemaChange {
  /** A query; a row: it is made. */
  readonly isMade: string;
  readonly sql: string;
}

/** A step of a migration as changes, each of which can be found made after a kill. */
export function changesOf(step: Step): readonly SchemaChange[] {
  if ("drop" in step) {
    const sql = `ALTER TABLE ${quoted(step.table)} DROP COLUMN ${quoted(step.name)}`;
    return [
      { isMade: `SELECT 1 FROM dual WHERE NOT EXISTS (${findColumn(step.table, step.name)})`, sql },
    ];
  }
  switch (step.add) {
    case "table":
      return [{ isMade: findTable(step.name), sql: createTable(step) }];
    case "column": {
      const sql = `ALTER TABLE ${quoted(step.table)} ADD COLUMN ${column(step.name, step.type)}`;
      return [{ isMade: findColumn(step.table, step.name), sql }];
    }
    case "index": {
      const sql = `ALTER TABLE ${quoted(step.table)} ADD ${index(step.name, step.columns)}`;
      return [{ isMade: findIndex(step.table, step.name), sql }];
    }
    case "full text":
      return [{ isMade: findIndex(step.table, step.name), sql: addFullText(step) }];
  }
}

/** Compared and ordered by code point, as SQLite does; a blank at the end counts. */
const CHARACTERS = "CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin";

function createTable({
  name,
  columns,
  key,
  unique = [],
  indexes = {},
}: Extract<Step, { readonly add: "table" }>): string {
  const lines = [
    ...Object.entries(columns).map(([field, spec]) => column(field, spec)),
    `PRIMARY KEY (${listOf(key)})`,
    ...unique.map((field) => `UNIQUE KEY ${quoted(`${name}_${field}`)} (${quoted(field)})`),
    ...Object.entries(indexes).map(([indexName, fields]) => index(indexName, fields)),
  ];
  return `CREATE TABLE ${quoted(name)} (${lines.join(", ")}) ENGINE = InnoDB ${CHARACTERS}`;
}

/**
 * Both languages of all texts in one column that MySQL keeps itself: an index over JSON is not possible. The ngram
 * parser splits Chinese into pairs of characters; the default one finds no 轴承 in 轴承磨损.
 */
function addFullText({
  table,
  name,
  columns,
}: Extract<Step, { readonly add: "full text" }>): string {
  const texts = columns.flatMap((field) =>
    ["zh", "en"].map((language) => `json_unquote(json_extract(${quoted(field)}, '$.${language}'))`),
  );
  const expression = `concat_ws(' ', ${texts.join(", ")})`;
  return (
    `ALTER TABLE ${quoted(table)} ADD COLUMN search_text MEDIUMTEXT CHARACTER SET utf8mb4 ` +
    `COLLATE utf8mb4_0900_ai_ci GENERATED ALWAYS AS (${expression}) STORED, ` +
    `ADD FULLTEXT KEY ${quoted(name)} (search_text) WITH PARSER ngram`
  );
}

const types = {
  word: "VARCHAR(255)",
  text: "MEDIUMTEXT",
  integer: "BIGINT",
  real: "DOUBLE",
  boolean: "TINYINT(1)",
  // Not TIMESTAMP: that ends in 2038 and is turned by the time zone of the session.
  instant: "DATETIME(3)",
  json: "JSON",
} as const;

function column(name: string, spec: ColumnSpec): string {
  return `${quoted(name)} ${types[typeOf(spec)]} ${isOptional(spec) ? "NULL" : "NOT NULL"}`;
}

function index(name: string, columns: readonly string[]): string {
  return `INDEX ${quoted(name)} (${listOf(columns)})`;
}

function listOf(columns: readonly string[]): string {
  return columns.map(quoted).join(", ");
}

/** Names come from our own migrations. */
function quoted(name: string): string {
  return `\`${name}\``;
}

function findTable(name: string): string {
  return `SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = '${name}'`;
}

function findColumn(table: string, name: string): string {
  return (
    "SELECT 1 FROM information_schema.columns WHERE table_schema = database() " +
    `AND table_name = '${table}' AND column_name = '${name}'`
  );
}

function findIndex(table: string, name: string): string {
  return (
    "SELECT 1 FROM information_schema.statistics WHERE table_schema = database() " +
    `AND table_name = '${table}' AND index_name = '${name}' LIMIT 1`
  );
}
