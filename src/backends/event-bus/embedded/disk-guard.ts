import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface DiskGuardDeps {
  readonly dataDir: string;
  readonly reservePath: string;
  readonly reserveBytes: number;
  readonly floorBytes: number;
  readonly floorShare: number;
  readonly space: (path: string) => Promise<DiskSpace>;
  readonly log: Log;
}

/** Free and total bytes of the disk that holds `path`, as an ordinary user may use them. */
export async function diskSpaceOf(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/**
 * Stops ingest before the disk is full and lets it go on by itself afterwards. The reserve file is given back
 * when space runs out, so that the other stations can tidy up.
 */
export class DiskGuard {
  readonly #deps: DiskGuardDeps;
  #low: string | null = null;

  constructor(deps: DiskGuardDeps) {
    this.#deps = deps;
  }

  /** Why nothing may be written now; null: it may. */
  get low(): string | null {
    return this.#low;
  }

  /** The disk said "full" although it looked free: a quota, a race. The next `check` looks again. */
  async full(detail: string): Promise<void> {
    this.#enter(detail);
    await rm(this.#deps.reservePath, { force: true });
  }

  async check(): Promise<void> {
    const { floorBytes, floorShare, reserveBytes, reservePath, space, dataDir } = this.#deps;
    const { freeBytes, totalBytes } = await space(dataDir);
    const floor = Math.max(floorBytes, totalBytes * floorShare);
    // Giving the reserve back must not look like a disk that somebody has tidied.
    const needed = this.#low === null ? floor : floor + 2 * reserveBytes;
    if (freeBytes < needed) {
      this.#enter(`free space ${mib(freeBytes)} is below ${mib(needed)}`);
      await rm(reservePath, { force: true });
      return;
    }
    if (this.#low !== null) this.#deps.log.info("log.storage.recovered", { freeBytes });
    this.#low = null;
    await this.#keepReserve();
  }

  #enter(detail: string): void {
    if (this.#low === null) this.#deps.log.error("log.storage.low", { detail });
    this.#low = detail;
  }

  async #keepReserve(): Promise<void> {
    const { reserveBytes, reservePath } = this.#deps;
    if (reserveBytes === 0) return;
    const present = await stat(reservePath).catch(() => null);
    if (present?.size === reserveBytes) return;
    await writeFile(reservePath, Buffer.alloc(reserveBytes));
  }
}

/** The refusal that a guard's reason stands for. */
export function storageLow(detail: string): IaiError {
  const message = `Cannot accept: ingest is paused, ${detail}; nothing of this request was accepted`;
  return new IaiError("STORAGE_LOW", message, { data: { retryAfterMs: 10_000 } });
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
