import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { quantile } from "./statistics.ts";

/** What one small durable write costs on this disk at this moment, ms. */
export interface FsyncProbe {
  readonly p50: number;
  readonly p99: number;
}

const RECORD_BYTES = 250;

/** Writes and syncs small records one by one, as often as `limitMs` allows. */
export function probeFsync(folder: string, limit: { writes: number; limitMs: number }): FsyncProbe {
  const path = join(folder, "fsync-probe");
  const file = openSync(path, "w");
  const record = Buffer.alloc(RECORD_BYTES, 7);
  const tookMs: number[] = [];
  const end = performance.now() + limit.limitMs;
  while (tookMs.length < limit.writes && performance.now() < end) {
    const begin = performance.now();
    writeSync(file, record);
    fdatasyncSync(file);
    tookMs.push(performance.now() - begin);
  }
  closeSync(file);
  rmSync(path);
  tookMs.sort((a, b) => a - b);
  return { p50: quantile(tookMs, 0.5), p99: quantile(tookMs, 0.99) };
}
