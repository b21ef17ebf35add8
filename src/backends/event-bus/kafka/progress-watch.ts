import type { Clock } from "../../../kernel/clock.ts";
import type { Ms } from "../../../model/basics.ts";

export interface ProgressWatchDeps {
  readonly clock: Clock;
  readonly stallMs: Ms;
  /** Where these partitions end; null: Kafka does not say. */
  readonly ends: (names: readonly string[]) => Promise<ReadonlyMap<string, number> | null>;
}

/**
 * Finds a reader that waits for ever: a partition that was seen to go on and did not move for `stallMs` since.
 * Time in which the reader's owner works, and takes nothing, does not count.
 */
export class ProgressWatch {
  readonly #deps: ProgressWatchDeps;
  /** Partitions that stand still though they go on, since when. */
  readonly #suspects = new Map<string, Ms>();
  readonly #moved = new Set<string>();
  #pausedMs: Ms = 0;
  #lookedAt: Ms;

  constructor(deps: ProgressWatchDeps) {
    this.#deps = deps;
    this.#lookedAt = deps.clock.monotonic();
  }

  moved(partition: string): void {
    this.#moved.add(partition);
    this.#suspects.delete(partition);
  }

  paused(ms: Ms): void {
    this.#pausedMs += ms;
  }

  /** Looks at most every quarter of `stallMs`; gives the partitions that stand still though they should not. */
  async stalled(positions: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const { stallMs, ends } = this.#deps;
    const now = this.#now();
    if (now - this.#lookedAt < stallMs / 4) return [];
    this.#lookedAt = now;
    const still = [...positions.keys()].filter((name) => !this.#moved.has(name));
    this.#moved.clear();
    const found = still.length === 0 ? null : await ends(still);
    // Who does not answer here is away, and then nobody stands still.
    if (found === null) return [];
    for (const name of still) {
      const goesOn = (found.get(name) ?? 0) > (positions.get(name) ?? 0);
      if (!goesOn) this.#suspects.delete(name);
      else if (!this.#suspects.has(name)) this.#suspects.set(name, now);
    }
    return still.filter((name) => now - (this.#suspects.get(name) ?? now) >= stallMs);
  }

  #now(): Ms {
    return this.#deps.clock.monotonic() - this.#pausedMs;
  }
}
