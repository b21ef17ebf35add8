import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Cache } from "../../../ports/cache.ts";

export interface MemoryCacheOptions {
  readonly clock: Clock;
  /** Entries kept; beyond it the one that was written longest ago goes first. */
  readonly entriesMax?: number;
  /** Characters of keys and values together. */
  readonly charactersMax?: number;
}

interface Entry {
  readonly value: string;
  /** On the monotonic clock: a step of the wall clock expires nothing. */
  readonly expiresAt: Ms;
}

/** A cache in this process: what it holds is gone with the process, as it may be. */
export function createMemoryCache(options: MemoryCacheOptions): Cache {
  const { clock, entriesMax = 100_000, charactersMax = 64 * 1024 * 1024 } = options;
  // A Map keeps the order of insertion: its first key is the oldest.
  const entries = new Map<string, Entry>();
  let characters = 0;
  let closed = false;

  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    characters -= key.length + entry.value.length;
  };
  const live = (key: string): Entry | null => {
    if (closed) throw new IaiError("SHUTTING_DOWN", "Cannot use the cache: it is closed");
    const entry = entries.get(key);
    if (entry === undefined) return null;
    if (clock.monotonic() < entry.expiresAt) return entry;
    drop(key);
    return null;
  };
  const put = (key: string, entry: Entry): void => {
    drop(key);
    entries.set(key, entry);
    characters += key.length + entry.value.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax && characters <= charactersMax) break;
      drop(oldest);
    }
  };
  return {
    get: async (key) => live(key)?.value ?? null,
    set: async (key, value, ttlMs) => {
      live(key);
      put(key, { value, expiresAt: clock.monotonic() + ttlMs });
    },
    increment: async (key, ttlMs) => {
      const present = live(key);
      const count = Number(present?.value ?? "0") + 1;
      const expiresAt = present?.expiresAt ?? clock.monotonic() + ttlMs;
      put(key, { value: String(count), expiresAt });
      return count;
    },
    remove: async (key) => {
      live(key);
      drop(key);
    },
    health: async () => {
      live("");
    },
    close: async () => {
      closed = true;
      entries.clear();
    },
  };
}
