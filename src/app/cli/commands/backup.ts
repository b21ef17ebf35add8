import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { dataDirAt, lockDataDir } from "../../data-dir.ts";
import { openRecordStore } from "../../registry.ts";
import { configOf, type SettingOptions } from "../settings.ts";

export type BackupOptions = SettingOptions & { readonly file: string };

/** `iai backup`: one consistent copy of the records, also while IAI runs. Telemetry days are plain files to copy. */
export async function runBackup(options: BackupOptions): Promise<number> {
  const config = await configOf(options);
  const target = resolve(options.file);
  if (existsSync(target))
    throw new IaiError(
      "CONFLICT",
      `Cannot back up to "${target}": there is a file already, nothing was written`,
    );
  mkdirSync(dirname(target), { recursive: true });
  const records = await openRecordStore(config.recordStore, {
    dir: dataDirAt(config.dataDir),
    clock: systemClock,
    log: silentLog,
  });
  try {
    await records.backup(target);
  } finally {
    await records.close();
  }
  console.log(
    `iai: records backed up to "${target}". Copy the folder "telemetry" of the data folder for the readings`,
  );
  return 0;
}

/** `iai restore`: puts a backup in place of the records; the old ones stay beside it. */
export async function runRestore(options: BackupOptions): Promise<number> {
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  const source = resolve(options.file);
  if (!existsSync(source))
    throw new IaiError(
      "NOT_FOUND",
      `Cannot restore "${source}": there is no such file, nothing was changed`,
    );
  requireSound(source);
  const lock = lockDataDir(dir);
  try {
    const kept = `${dir.records}.before-restore-${systemClock.now()}`;
    const fresh = `${dir.records}.restoring`;
    copyFileSync(source, fresh);
    if (existsSync(dir.records)) {
      fold(dir.records);
      renameSync(dir.records, kept);
    }
    for (const suffix of ["-wal", "-shm"]) rmSync(`${dir.records}${suffix}`, { force: true });
    renameSync(fresh, dir.records);
    // Steps whose alarms are not in the restored records must produce them again.
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(`${dir.checkpoints}${suffix}`, { force: true });
    console.log(`iai: restored from "${source}"; the records from before are in "${kept}"`);
    return 0;
  } finally {
    lock.release();
  }
}

function requireSound(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const verdict = db.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
    if (verdict !== "ok")
      throw new IaiError(
        "RECORDS_CORRUPT",
        `Cannot restore "${file}": ${String(verdict)}, nothing was changed`,
      );
  } finally {
    db.close();
  }
}

/** Brings what still waits in the write-ahead log into the file itself. */
function fold(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}
