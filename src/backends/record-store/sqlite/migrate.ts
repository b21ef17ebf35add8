import type { DatabaseSync } from "node:sqlite";
import { IaiError } from "../../../kernel/errors.ts";
import type { Migration } from "../sql/migrations/migration.ts";
import { migrations } from "../sql/migrations/migrations.ts";
import { statementsOf } from "./schema.ts";

/**
 * Brings the schema to the newest version this program knows.
 * - Each migration is one transaction with its version entry: killed half-way, it never happened.
 * - A schema of a newer program is refused with RECORDS_NEWER and nothing is changed.
 */
export function migrate(db: DatabaseSync, known: readonly Migration[] = migrations): void {
  const newest = known.at(-1)?.version ?? 0;
  refuseNewer(db, newest);
  for (const migration of known) applyOnce(db, migration);
  refuseNewer(db, newest);
}

/** 0: an empty file. */
export function schemaVersionOf(db: DatabaseSync): number {
  const present = db
    .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'schema_version'")
    .get()?.["n"];
  if (present !== 1) return 0;
  return Number(
    db.prepare("SELECT max(version) AS version FROM schema_version").get()?.["version"],
  );
}

function refuseNewer(db: DatabaseSync, newest: number): void {
  const found = schemaVersionOf(db);
  if (found <= newest) return;
  const reason = `its schema is version ${found}, this program knows ${newest}`;
  throw new IaiError("RECORDS_NEWER", `Cannot open the records: ${reason}, nothing was changed`);
}

function applyOnce(db: DatabaseSync, migration: Migration): void {
  if (schemaVersionOf(db) >= migration.version) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Asked again under the lock: another process may have been faster.
    if (schemaVersionOf(db) < migration.version) apply(db, migration);
    db.exec("COMMIT");
  } catch (failure) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw failure;
  }
}

function apply(db: DatabaseSync, migration: Migration): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
  );
  for (const statement of migration.steps.flatMap(statementsOf)) db.exec(statement);
  db.prepare("INSERT INTO schema_version (version, name) VALUES (?, ?)").run(
    migration.version,
    migration.name,
  );
}
