import { stat } from "node:fs/promises";
import type { Clock } from "../../../kernel/clock.ts";
import type { Closable } from "../../../kernel/lifecycle.ts";
import type { Log } from "../../../kernel/log.ts";
import type { Ms } from "../../../model/basics.ts";
import { openSqlChannel, type SqlChannel } from "./sql-channel.ts";

export interface CheckpointOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly busyTimeoutMs: Ms;
}

const EVERY_MS = 2_000;
/** Below this size a checkpoint is not worth its syncs. */
const WORTH_BYTES = 4 * 1024 * 1024;

/** Moves the write-ahead log into the file on a thread of its own, where its syncs stop nobody. */
export async function startCheckpoints(options: CheckpointOptions): Promise<Closable> {
  const { path, clock, log, busyTimeoutMs } = options;
  const channel = await openSqlChannel({ path, busyTimeoutMs, role: "copier" });
  const abort = new AbortController();
  const running = (async () => {
    while (!abort.signal.aborted) {
      await clock.sleep(EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      try {
        await checkpoint(channel, path);
      } catch (failure) {
        log.warn("records.checkpoint.failed", { path, error: String(failure) });
      }
    }
  })();
  return {
    close: async () => {
      abort.abort();
      await running;
      await channel.close();
    },
  };
}

async function checkpoint(channel: SqlChannel, path: string): Promise<void> {
  const { size } = await stat(`${path}-wal`);
  if (size < WORTH_BYTES) return;
  const sql = "PRAGMA wal_checkpoint(PASSIVE)";
  await channel.run({ sql, parameters: [], answer: "rows" });
}
