import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BusBatch, BusPosition, Topic } from "../../../ports/event-bus.ts";
import { PARTITION } from "./frames.ts";
import { LogFile } from "./log-follower.ts";

/** What a log holds at present. */
export interface LogExtent {
  /** Offset of the oldest record that is kept. */
  readonly begin: number;
  /** Offset that the next record gets. */
  readonly end: number;
  /** When the oldest record was appended, wall time; null: the log is empty. */
  readonly oldestAt: number | null;
}

/** Looks at a log from beside its owner, running or not; null: there is none in this folder. */
export function readLogExtent(dataDir: string): LogExtent | null {
  const path = join(dataDir, "log.db");
  if (!existsSync(path)) return null;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const edge = (order: "ASC" | "DESC") =>
      db
        .prepare(
          `SELECT first_offset, count, appended_at FROM "commit" ORDER BY first_offset ${order} LIMIT 1`,
        )
        .get();
    const first = edge("ASC");
    const last = edge("DESC");
    if (first === undefined || last === undefined) return { begin: 1, end: 1, oldestAt: null };
    return {
      begin: Number(first["first_offset"]),
      end: Number(last["first_offset"]) + Number(last["count"]),
      oldestAt: Number(first["appended_at"]),
    };
  } finally {
    db.close();
  }
}

/** Records from `from` (null: the oldest) up to the end that the log has now, batch by batch. */
export function* scanLog(
  dataDir: string,
  options: { readonly topics: readonly Topic[]; readonly from: BusPosition | null },
): Generator<BusBatch> {
  const extent = readLogExtent(dataDir);
  if (extent === null) return;
  const file = new LogFile(join(dataDir, "log.db"));
  const topics = new Set(options.topics);
  try {
    let position = Math.max(extent.begin, options.from?.[PARTITION] ?? extent.begin);
    while (position < extent.end) {
      const { records, next } = file.read(position, topics);
      if (next <= position) return;
      position = next;
      yield { records, next: { [PARTITION]: next } };
    }
  } finally {
    file.close();
  }
}

/**
 * Lets consumers of a log that nobody has open read it again from its beginning: until they confirm anew,
 * nothing of it is deleted.
 */
export function rewindConsumers(dataDir: string, groups: readonly string[]): void {
  const db = new DatabaseSync(join(dataDir, "log.db"), { timeout: 5_000 });
  try {
    const rewind = db.prepare("UPDATE consumer SET position = 0 WHERE name = ?");
    for (const group of groups) rewind.run(group);
  } finally {
    db.close();
  }
}
