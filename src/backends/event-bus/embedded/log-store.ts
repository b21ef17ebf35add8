import { DatabaseSync } from "node:sqlite";
import type { StoredCommit } from "./frames.ts";

/** What the owner of the log knows of it after opening. */
export interface LogState {
  /** Offset that the next record gets; the first is 1. */
  readonly end: number;
  readonly oldestAt: number | null;
  readonly newestAt: number;
  /** Bytes in use; the file keeps freed pages for later records. */
  readonly bytes: number;
}

export interface Upkeep {
  /** Confirmed positions to store. */
  readonly groups: readonly (readonly [group: string, position: number])[];
  /** Nothing at or after this offset is deleted. */
  readonly keepFrom: number;
  /** Only commits older than this instant are deleted … */
  readonly olderThan: number;
  /** … unless more bytes than this are in use. */
  readonly retainBytes: number;
}

/** Commits that one upkeep deletes at most: it must not hold up an append for long. */
const UPKEEP_ROWS = 256;

export interface LogStore {
  groups(): (readonly [string, number])[];
  state(): LogState;
  /** Returns after fsync. */
  append(commit: StoredCommit): void;
  /** Stores positions, deletes old commits; true: there is more to delete. */
  upkeep(task: Upkeep): boolean;
  close(): void;
}

/** The file `log.db`: one row for each commit. Opening reads a handful of pages, however long the log. */
export function openLogStore(path: string): LogStore {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864",
  );
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > 1) {
    db.close();
    throw new Error(`"${path}" was written by a newer version (format ${version}, this is 1)`);
  }
  // The body is the last column: what stands before it is read without the body's pages.
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS "commit" (
      first_offset INTEGER PRIMARY KEY,
      count INTEGER NOT NULL,
      appended_at INTEGER NOT NULL,
      body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS consumer (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
    PRAGMA user_version = 1;
    COMMIT;
  `);
  return createLogStore(db);
}

function createLogStore(db: DatabaseSync): LogStore {
  const insert = db.prepare(
    `INSERT INTO "commit" (first_offset, count, appended_at, body) VALUES (?, ?, ?, ?)`,
  );
  const edge = (order: "ASC" | "DESC") =>
    db.prepare(
      `SELECT first_offset, count, appended_at FROM "commit" ORDER BY first_offset ${order} LIMIT 1`,
    );
  const oldest = edge("ASC");
  const newest = edge("DESC");
  const pages = db.prepare(
    `SELECT (p.page_count - f.freelist_count) * s.page_size AS bytes
     FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s`,
  );
  const bytesInUse = (): number => Number(pages.get()?.["bytes"] ?? 0);

  return {
    groups: () =>
      db
        .prepare("SELECT name, position FROM consumer")
        .all()
        .map((row) => [String(row["name"]), Number(row["position"])] as const),
    state: () => {
      const first = oldest.get();
      const last = newest.get();
      const kept = last === undefined ? 1 : Number(last["first_offset"]) + Number(last["count"]);
      return {
        end: kept,
        oldestAt: first === undefined ? null : Number(first["appended_at"]),
        newestAt: last === undefined ? 0 : Number(last["appended_at"]),
        bytes: bytesInUse(),
      };
    },
    append: ({ firstOffset, count, appendedAt, body }) => {
      insert.run(firstOffset, count, appendedAt, body);
    },
    upkeep: (task) => runUpkeep(db, task, bytesInUse),
    close: () => {
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
    },
  };
}

function runUpkeep(db: DatabaseSync, task: Upkeep, bytesInUse: () => number): boolean {
  const rows = db
    .prepare(
      `SELECT first_offset, count, appended_at FROM "commit" ORDER BY first_offset LIMIT ${UPKEEP_ROWS + 1}`,
    )
    .all();
  const tooBig = bytesInUse() > task.retainBytes;
  let deleteBefore = 0;
  let deletable = 0;
  // The newest commit always stays: it holds the end of the log.
  for (const row of rows.slice(0, -1)) {
    const next = Number(row["first_offset"]) + Number(row["count"]);
    const old = Number(row["appended_at"]) < task.olderThan;
    if (next > task.keepFrom || !(old || tooBig)) break;
    deleteBefore = next;
    deletable += 1;
  }
  if (deletable === 0 && task.groups.length === 0) return false;
  db.exec("BEGIN IMMEDIATE");
  try {
    const store = db.prepare("INSERT OR REPLACE INTO consumer (name, position) VALUES (?, ?)");
    for (const [group, position] of task.groups) store.run(group, position);
    db.prepare(`DELETE FROM "commit" WHERE first_offset < ?`).run(deleteBefore);
    db.exec("COMMIT");
  } catch (failure) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw failure;
  }
  return deletable === UPKEEP_ROWS;
}
