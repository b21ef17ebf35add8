import type { EpochMs } from "../../../model/basics.ts";
import type { AnomalyEpisode } from "../../../model/detection.ts";
import type { AnomalyQuery } from "../../../ports/telemetry-store.ts";
import { type FileAccess, SqliteFile, textOf } from "./sqlite-file.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS episode (
    episode_id TEXT PRIMARY KEY, device_id TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
    body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS episode_time ON episode (started_at);
  CREATE INDEX IF NOT EXISTS episode_device ON episode (device_id, started_at);`;

/** Detector episodes; few and small, so one file holds them all. */
export class EpisodeFile {
  readonly #file: SqliteFile;

  constructor(path: string, access: FileAccess) {
    this.#file = new SqliteFile(path, schema, access);
  }

  put(episodes: readonly AnomalyEpisode[]): void {
    this.#file.transaction(() => {
      for (const episode of episodes) {
        this.#file.run(
          "INSERT OR REPLACE INTO episode VALUES (?, ?, ?, ?, ?)",
          episode.episodeId,
          episode.deviceId,
          episode.startedAt,
          episode.endedAt,
          JSON.stringify(episode),
        );
      }
    });
  }

  /** Episodes that overlap [from, to), the earliest begin first. */
  list(query: AnomalyQuery): AnomalyEpisode[] {
    const device = query.deviceId === null ? "" : "device_id = ? AND";
    const sql = `SELECT body FROM episode WHERE ${device} started_at < ?
      AND (ended_at IS NULL OR ended_at >= ?) ORDER BY started_at, episode_id LIMIT ?`;
    const values = query.deviceId === null ? [] : [query.deviceId];
    const rows = this.#file.rows(sql, ...values, query.to, query.from, query.limit);
    return rows.map((row): AnomalyEpisode => JSON.parse(textOf(row, "body")));
  }

  /** Forgets episodes that ended before `before`. */
  removeEnded(before: EpochMs): void {
    this.#file.run("DELETE FROM episode WHERE ended_at < ?", before);
  }

  close(): void {
    this.#file.close();
  }
}
