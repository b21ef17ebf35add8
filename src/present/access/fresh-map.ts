import type { Clock } from "../../kernel/clock.ts";
import type { Ms } from "../../model/basics.ts";

/** Copies that are believed for a short time only; the one kept longest goes first when it is full. */
export interface FreshMap<V> {
  /** The copy, or what `load` finds; a null is never kept, so that something new counts at once. */
  get(key: string, load: () => Promise<V | null>): Promise<V | null>;
  forget(key: string): void;
}

export interface FreshMapOptions {
  readonly clock: Clock;
  readonly freshMs: Ms;
  readonly entriesMax: number;
}

export function createFreshMap<V>({ clock, freshMs, entriesMax }: FreshMapOptions): FreshMap<V> {
  const entries = new Map<string, { readonly value: V; readonly until: Ms }>();
  return {
    get: async (key, load) => {
      const known = entries.get(key);
      if (known !== undefined && clock.monotonic() < known.until) return known.value;
      // Counted from before the question: the answer may be older than the moment it arrives.
      const until = clock.monotonic() + freshMs;
      const value = await load();
      entries.delete(key);
      if (value === null) return null;
      const oldest = entries.keys().next().value;
      if (entries.size >= entriesMax && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, until });
      return value;
    },
    forget: (key) => {
      entries.delete(key);
    },
  };
}
