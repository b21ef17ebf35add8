import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { deserialize, serialize } from "node:v8";
import type { DeviceId } from "../../../model/basics.ts";

/** State of one device and the log offset of the last event it has seen. */
export interface Checkpoint {
  readonly deviceId: DeviceId;
  readonly offset: number;
  readonly state: unknown;
}

/**
 * States of the steps on disk, one row a device, each with its own offset. Written in one transaction a time;
 * not synced by itself, since the log re-creates whatever is lost.
 */
export interface Checkpoints {
  load(
    jobName: string,
    stateVersion: number,
  ): { readonly resumeAt: number; readonly rows: Checkpoint[] };
  /** Name and version of the job whose states it holds; null: none yet. */
  job(): string | null;
  save(rows: readonly Checkpoint[], resumeAt: number): void;
  close(): void;
}

/** Offset of the first record of a log. */
const FIRST_OFFSET = 1;

/** True when the file holds states that this version of the job can go on from. */
export function hasCheckpoints(path: string, jobName: string, stateVersion: number): boolean {
  if (!existsSync(path)) return false;
  const checkpoints = openCheckpoints(path);
  try {
    return checkpoints.job() === jobOf(jobName, stateVersion);
  } finally {
    checkpoints.close();
  }
}

function jobOf(name: string, stateVersion: number): string {
  return `${name}@${stateVersion}`;
}

/** Opens (or creates) the checkpoint file. States of another job version are dropped: the log is read again. */
export function openCheckpoints(path: string): Checkpoints {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(
    "CREATE TABLE IF NOT EXISTS checkpoint (device_id TEXT PRIMARY KEY, log_offset INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID",
  );
  db.exec(
    "CREATE TABLE IF NOT EXISTS head (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  );
  const upsert = db.prepare(
    "INSERT INTO checkpoint VALUES (?, ?, ?) ON CONFLICT (device_id) DO UPDATE SET log_offset = excluded.log_offset, state = excluded.state",
  );
  const setHead = db.prepare(
    "INSERT INTO head VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const getHead = db.prepare("SELECT value FROM head WHERE name = ?");

  return {
    job: () => {
      const job = getHead.get("job")?.["value"];
      return job === undefined ? null : String(job);
    },
    load: (jobName, stateVersion) => {
      const job = jobOf(jobName, stateVersion);
      if (getHead.get("job")?.["value"] !== job) {
        db.exec("BEGIN; DELETE FROM checkpoint; DELETE FROM head");
        setHead.run("job", job);
        db.exec("COMMIT");
      }
      const rows = db
        .prepare("SELECT device_id, log_offset, state FROM checkpoint")
        .all()
        .map((row) => ({
          deviceId: String(row["device_id"]),
          offset: Number(row["log_offset"]),
          state: deserialize(row["state"] as Uint8Array) as unknown,
        }));
      return { resumeAt: Number(getHead.get("resume")?.["value"] ?? FIRST_OFFSET), rows };
    },
    save: (rows, resumeAt) => {
      db.exec("BEGIN IMMEDIATE");
      for (const row of rows) upsert.run(row.deviceId, row.offset, serialize(row.state));
      setHead.run("resume", String(resumeAt));
      db.exec("COMMIT");
    },
    close: () => db.close(),
  };
}
