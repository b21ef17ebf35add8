import type { Clock } from "../../kernel/clock.ts";
import { type EpochMs, type Ms, SECOND } from "../../model/basics.ts";

/** Long enough that a rate of a few an hour is no jitter, short enough that a burst is over when it is over. */
const WINDOW_MS: Ms = 30 * SECOND;
/** Two looks closer together than this say nothing about a rate. */
const LEAST_MS: Ms = SECOND / 2;

interface Sample {
  readonly at: EpochMs;
  readonly total: number;
}

/** How fast totals grow, from the looks that were taken at them. */
export interface FlowRates {
  /** Growth per second over the last half minute; null until a second look can tell. */
  perSecond(name: string, total: number): number | null;
}

/**
 * Keeps the looks of the last half minute for each name. Nothing runs in between: who asks is the meter's clock, and
 * a total that shrank (a retention that removed rows) begins anew instead of giving a negative rate.
 */
export function createFlowRates(clock: Pick<Clock, "now">): FlowRates {
  const looks = new Map<string, Sample[]>();
  return {
    perSecond: (name, total) => {
      const at = clock.now();
      const last = looks.get(name)?.at(-1);
      const known = last !== undefined && total < last.total ? [] : (looks.get(name) ?? []);
      const kept = known.filter((sample) => at - sample.at <= WINDOW_MS && sample.at <= at);
      const oldest = kept[0];
      const newest = kept.at(-1);
      // A look that comes too soon after another is answered and not kept: the list stays short.
      if (newest === undefined || at - newest.at >= LEAST_MS) kept.push({ at, total });
      looks.set(name, kept);
      if (oldest === undefined || at - oldest.at < LEAST_MS) return null;
      return ((total - oldest.total) * SECOND) / (at - oldest.at);
    },
  };
}
