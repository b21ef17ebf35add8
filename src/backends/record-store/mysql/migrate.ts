import { IaiError } from "../../../kernel/errors.ts";
import type { Migration } from "../sql/migrations/migration.ts";
import { migrations } from "../sql/migrations/migrations.ts";
import type { SqlStatement } from "../sql/statement.ts";
import type { MysqlConnection } from "./mysql-connection.ts";
import { changesOf } from "./schema.ts";

/** How long another process may migrate before this one gives up, s. */
const LOCK_WAIT_S = 120;

/**
 * Brings the schema to the newest version this program knows.
 * - MySQL commits each change of a schema by itself. So every change is looked for before it is made, and the version
 *   is written last: killed anywhere, the next start goes on where it ended.
 * - One process at a time; the others wait and find it done.
 * - A schema of a newer program is refused with RECORDS_NEWER and nothing is changed.
 */
export async function migrate(
  connection: MysqlConnection,
  known: readonly Migration[] = migrations,
): Promise<void> {
  await lock(connection);
  try {
    await refuseNewer(connection, known.at(-1)?.version ?? 0);
    await connection.control(
      "CREATE TABLE IF NOT EXISTS schema_version (version INT PRIMARY KEY, name VARCHAR(255) NOT NULL)",
    );
    const found = await schemaVersionOf(connection);
    for (const migration of known) {
      if (migration.version > found) await apply(connection, migration);
    }
  } finally {
    if (connection.isOpen()) await connection.control(`DO RELEASE_LOCK(${LOCK_NAME})`);
  }
}

/** 0: an empty database. */
export async function schemaVersionOf(connection: MysqlConnection): Promise<number> {
  const [present] = await rowsOf(
    connection,
    "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = 'schema_version'",
  );
  if (present === undefined) return 0;
  const [row] = await rowsOf(connection, "SELECT max(version) FROM schema_version");
  return Number(row?.[0] ?? 0);
}

/** Of this database: the server has one list of locks, and their names have at most 64 characters. */
const LOCK_NAME = "concat('iai:', sha2(database(), 224))";

/** It ends with the connection, also when the process is killed. */
async function lock(connection: MysqlConnection): Promise<void> {
  const [row] = await rowsOf(connection, `SELECT get_lock(${LOCK_NAME}, ${LOCK_WAIT_S})`);
  if (row?.[0] === 1) return;
  const reason = `another process has been changing their tables for ${LOCK_WAIT_S} s`;
  throw new IaiError("RECORDS_BUSY", `Cannot open the records: ${reason}, nothing was changed`);
}

async function refuseNewer(connection: MysqlConnection, newest: number): Promise<void> {
  const found = await schemaVersionOf(connection);
  if (found <= newest) return;
  const reason = `its schema is version ${found}, this program knows ${newest}`;
  throw new IaiError("RECORDS_NEWER", `Cannot open the records: ${reason}, nothing was changed`);
}

async function apply(connection: MysqlConnection, migration: Migration): Promise<void> {
  for (const change of migration.steps.flatMap(changesOf)) {
    const [made] = await rowsOf(connection, change.isMade);
    if (made === undefined) await connection.control(change.sql);
  }
  await connection.run({
    sql: "INSERT INTO schema_version (version, name) VALUES (?, ?)",
    parameters: [migration.version, migration.name],
    answer: "changes",
  });
}

async function rowsOf(connection: MysqlConnection, sql: string) {
  const statement: SqlStatement = { sql, parameters: [], answer: "rows" };
  return (await connection.run(statement)).rows;
}
