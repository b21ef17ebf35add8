import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import { bytesOf, type FileAccess, numberOf, SqliteFile } from "./sqlite-file.ts";

export interface StoredRollUp {
  readonly startAt: EpochMs;
  readonly block: Uint8Array;
}

/** `minute_block`: minutes of six hours. `hour_block`: hours of a day, for the long ranges. */
export type RollUpTable = "minute_block" | "hour_block";

const schema = ["minute_block", "hour_block"]
  .map(
    (table) => `CREATE TABLE IF NOT EXISTS ${table} (
      device_id TEXT NOT NULL, start_at INTEGER NOT NULL, block BLOB NOT NULL,
      PRIMARY KEY (device_id, start_at));`,
  )
  .join("");

/** Roll-ups of one UTC month; they outlive the readings they were made from. */
export class MonthFile {
  readonly #file: SqliteFile;

  constructor(path: string, access: FileAccess) {
    this.#file = new SqliteFile(path, schema, access);
  }

  transaction(work: () => void): void {
    this.#file.transaction(work);
  }

  put(table: RollUpTable, deviceId: DeviceId, rollUp: StoredRollUp): void {
    const sql = `INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?)`;
    this.#file.run(sql, deviceId, rollUp.startAt, rollUp.block);
  }

  /** Roll-ups that begin in [from, to), in time order. */
  list(
    table: RollUpTable,
    deviceId: DeviceId,
    from: EpochMs,
    to: EpochMs,
  ): readonly StoredRollUp[] {
    const sql = `SELECT start_at, block FROM ${table}
      WHERE device_id = ? AND start_at >= ? AND start_at < ? ORDER BY start_at`;
    return this.#file.rows(sql, deviceId, from, to).map((row) => ({
      startAt: numberOf(row, "start_at"),
      block: bytesOf(row, "block"),
    }));
  }

  /** Removes the roll-ups that begin in [from, to). */
  remove(from: EpochMs, to: EpochMs): void {
    for (const table of ["minute_block", "hour_block"])
      this.#file.run(`DELETE FROM ${table} WHERE start_at >= ? AND start_at < ?`, from, to);
  }

  close(): void {
    this.#file.close();
  }
}
