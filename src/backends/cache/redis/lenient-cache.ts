import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type { Cache } from "../../../ports/cache.ts";

export interface LenientCacheDeps {
  readonly clock: Clock;
  /** Counts in this process; what other processes count is missing from it. */
  readonly local: Cache;
  /** Writes remembered as lost; beyond it nothing is read until all of them have expired. */
  readonly lostMax?: number;
}

/** Operations that the cache could not do, since the start. */
export interface SkippedOperations {
  readonly reads: number;
  readonly writes: number;
  readonly counts: number;
}

export interface LenientCache extends Cache {
  skipped(): SkippedOperations;
}

/**
 * A cache whose absence changes speed, not results: for those who would only catch the failure.
 * - `get` is null and `set` does nothing when the cache cannot: the caller takes its slower way.
 * - A value whose later `set` or `remove` was lost is stale. It is not read again, but removed when the cache is
 *   back: a session that was ended meanwhile stays ended.
 * - `increment` counts here too and goes on with that: with one process a limit holds through the absence, with
 *   several each holds it for itself.
 * - `health` is not lenient: it fails while the cache is away, and while it refuses what is asked of it.
 */
export function createLenientCache(cache: Cache, deps: LenientCacheDeps): LenientCache {
  const { local } = deps;
  const stale = createStaleKeys(deps);
  const skipped = { reads: 0, writes: 0, counts: 0 };
  const refusals = new Map<keyof SkippedOperations, IaiError>();

  const attempt = async <T>(work: Promise<T>, kind: keyof SkippedOperations): Promise<T | Away> => {
    try {
      const result = await work;
      refusals.delete(kind);
      return result;
    } catch (failure) {
      if (!(failure instanceof IaiError) || failure.code === "SHUTTING_DOWN") throw failure;
      if (failure.code === "CACHE_REFUSED") refusals.set(kind, failure);
      skipped[kind] += 1;
      return away;
    }
  };
  const write = async (key: string, work: Promise<void>): Promise<void> => {
    if ((await attempt(work, "writes")) === away) stale.add(key);
    else stale.delete(key);
  };
  return {
    get: async (key) => {
      if (stale.has(key)) await write(key, cache.remove(key));
      else if (!stale.distrustsAll()) {
        const found = await attempt(cache.get(key), "reads");
        return found === away ? null : found;
      }
      return null;
    },
    set: (key, value, ttlMs) => {
      stale.noteLifetime(ttlMs);
      return write(key, cache.set(key, value, ttlMs));
    },
    remove: (key) => write(key, cache.remove(key)),
    increment: async (key, ttlMs) => {
      const counted = await local.increment(key, ttlMs);
      const shared = await attempt(cache.increment(key, ttlMs), "counts");
      return shared === away ? counted : shared;
    },
    health: async () => {
      await cache.health();
      for (const refusal of refusals.values()) throw refusal;
    },
    close: async () => {
      await cache.close();
      await local.close();
    },
    skipped: () => ({ ...skipped }),
  };
}

type Away = typeof away;
const away = Symbol("the cache is away");

const LOST_MAX = 10_000;
/** Longest time to live of a value that another process may have written. */
const LIFETIME_MAX_MS: Ms = 3_600_000;

/** Keys whose value in the cache is older than what was last written. */
function createStaleKeys({ clock, lostMax = LOST_MAX }: LenientCacheDeps) {
  const keys = new Set<string>();
  let lifetimeMs = LIFETIME_MAX_MS;
  let distrustUntil: Ms = 0;
  return {
    has: (key: string): boolean => keys.has(key),
    distrustsAll: (): boolean => clock.monotonic() < distrustUntil,
    add: (key: string): void => {
      keys.add(key);
      if (keys.size <= lostMax) return;
      // Too many to remember: what is in the cache now is gone when its time is over.
      keys.clear();
      distrustUntil = clock.monotonic() + lifetimeMs;
    },
    delete: (key: string): void => {
      keys.delete(key);
    },
    noteLifetime: (ttlMs: Ms): void => {
      lifetimeMs = Math.max(lifetimeMs, ttlMs);
    },
  };
}
