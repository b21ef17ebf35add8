import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import { bytesOf, type FileAccess, numberOf, SqliteFile, textOf } from "./sqlite-file.ts";

/** Readings of one device within ten minutes; a start that was sealed more than once has several parts. */
export interface StoredChunk {
  readonly startAt: EpochMs;
  readonly part: number;
  readonly block: Uint8Array;
}

/** What this file knows of a device. */
export interface StoredDevice {
  readonly deviceId: DeviceId;
  readonly newestAt: EpochMs;
  readonly partition: string;
  /** Every record of the device before this offset is sealed. */
  readonly sealedTo: number;
}

export interface ChunkKey {
  readonly deviceId: DeviceId;
  readonly startAt: EpochMs;
}

// `minute` holds what is not yet in a month's roll-up: a row that is there is newer than the roll-up.
const schema = `
  CREATE TABLE IF NOT EXISTS chunk (
    device_id TEXT NOT NULL, start_at INTEGER NOT NULL, part INTEGER NOT NULL, block BLOB NOT NULL,
    PRIMARY KEY (device_id, start_at, part));
  CREATE INDEX IF NOT EXISTS chunk_parts ON chunk (device_id, start_at) WHERE part > 0;
  CREATE TABLE IF NOT EXISTS minute (
    device_id TEXT NOT NULL, start_at INTEGER NOT NULL, block BLOB NOT NULL,
    PRIMARY KEY (device_id, start_at));
  CREATE TABLE IF NOT EXISTS device (
    device_id TEXT PRIMARY KEY, newest_at INTEGER NOT NULL, partition TEXT NOT NULL,
    sealed_to INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS position (partition TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;`;

/** The readings of one UTC day: chunks, their minutes until they are rolled up, and the progress they stand for. */
export class DayFile {
  readonly #file: SqliteFile;

  constructor(path: string, access: FileAccess) {
    this.#file = new SqliteFile(path, schema, access);
  }

  transaction(work: () => void): void {
    this.#file.transaction(work);
  }

  addChunk(key: ChunkKey, block: Uint8Array): void {
    this.#file.run(
      `INSERT INTO chunk VALUES (?, ?,
         (SELECT coalesce(max(part) + 1, 0) FROM chunk WHERE device_id = ? AND start_at = ?), ?)`,
      key.deviceId,
      key.startAt,
      key.deviceId,
      key.startAt,
      block,
    );
  }

  /** Puts one part in the place of all. */
  replaceChunks(key: ChunkKey, block: Uint8Array): void {
    this.#file.run(
      "DELETE FROM chunk WHERE device_id = ? AND start_at = ?",
      key.deviceId,
      key.startAt,
    );
    this.addChunk(key, block);
  }

  /** Chunks whose start lies in [from, to], parts of one start in the order of their sealing. */
  chunks(
    deviceId: DeviceId,
    from: EpochMs,
    to: EpochMs,
    order: "asc" | "desc",
  ): Iterable<StoredChunk> {
    const sql = `SELECT start_at, part, block FROM chunk
      WHERE device_id = ? AND start_at >= ? AND start_at <= ? ORDER BY start_at ${order}, part`;
    return Iterator.from(this.#file.iterate(sql, deviceId, from, to)).map((row) => ({
      startAt: numberOf(row, "start_at"),
      part: numberOf(row, "part"),
      block: bytesOf(row, "block"),
    }));
  }

  /** Some starts that have several parts. */
  scattered(limit: number): readonly ChunkKey[] {
    const sql = "SELECT DISTINCT device_id, start_at FROM chunk WHERE part > 0 LIMIT ?";
    return this.#file.rows(sql, limit).map((row) => ({
      deviceId: textOf(row, "device_id"),
      startAt: numberOf(row, "start_at"),
    }));
  }

  putMinutes(key: ChunkKey, block: Uint8Array): void {
    this.#file.run(
      "INSERT OR REPLACE INTO minute VALUES (?, ?, ?)",
      key.deviceId,
      key.startAt,
      block,
    );
  }

  /** Minutes that no roll-up holds yet, of the starts in [from, to). */
  minutes(deviceId: DeviceId, from: EpochMs, to: EpochMs): readonly Omit<StoredChunk, "part">[] {
    const sql = `SELECT start_at, block FROM minute
      WHERE device_id = ? AND start_at >= ? AND start_at < ? ORDER BY start_at`;
    return this.#file.rows(sql, deviceId, from, to).map((row) => ({
      startAt: numberOf(row, "start_at"),
      block: bytesOf(row, "block"),
    }));
  }

  removeMinutes(deviceId: DeviceId, from: EpochMs, to: EpochMs): void {
    const sql = "DELETE FROM minute WHERE device_id = ? AND start_at >= ? AND start_at < ?";
    this.#file.run(sql, deviceId, from, to);
  }

  /** Starts whose minutes are not rolled up. */
  unrolled(): readonly ChunkKey[] {
    return this.#file.rows("SELECT device_id, start_at FROM minute").map((row) => ({
      deviceId: textOf(row, "device_id"),
      startAt: numberOf(row, "start_at"),
    }));
  }

  putDevice(device: StoredDevice): void {
    this.#file.run(
      `INSERT INTO device VALUES (?, ?, ?, ?) ON CONFLICT (device_id) DO UPDATE SET
         newest_at = max(newest_at, excluded.newest_at), partition = excluded.partition,
         sealed_to = excluded.sealed_to`,
      device.deviceId,
      device.newestAt,
      device.partition,
      device.sealedTo,
    );
  }

  devices(): readonly StoredDevice[] {
    return this.#file.rows("SELECT * FROM device").map((row) => ({
      deviceId: textOf(row, "device_id"),
      newestAt: numberOf(row, "newest_at"),
      partition: textOf(row, "partition"),
      sealedTo: numberOf(row, "sealed_to"),
    }));
  }

  putPosition(partition: string, next: number): void {
    this.#file.run("INSERT OR REPLACE INTO position VALUES (?, ?)", partition, next);
  }

  /** The log is to be read again from its beginning: what is sealed is then recognised by its values. */
  forgetProgress(): void {
    this.#file.run("UPDATE device SET sealed_to = 0");
    this.#file.run("DELETE FROM position");
  }

  positions(): ReadonlyMap<string, number> {
    const rows = this.#file.rows("SELECT * FROM position");
    return new Map(rows.map((row) => [textOf(row, "partition"), numberOf(row, "next")]));
  }

  close(): void {
    this.#file.close();
  }
}
