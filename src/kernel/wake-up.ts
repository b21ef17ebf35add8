import type { Ms } from "../model/basics.ts";
import type { Clock } from "./clock.ts";

/** A wait that somebody else may cut short. One waiter. */
export interface WakeUp {
  wake(): void;
  /** Resolves when woken (also if that was before the call), after `ms`, or when `signal` aborts. */
  wait(ms: Ms, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(clock: Clock): WakeUp {
  let woken = false;
  let cut: AbortController | null = null;
  return {
    wake: () => {
      woken = true;
      cut?.abort();
    },
    wait: async (ms, signal) => {
      if (!woken && !signal.aborted) {
        // Not AbortSignal.any: it costs more than the rest of a turn.
        const ends = new AbortController();
        const end = (): void => ends.abort();
        cut = ends;
        signal.addEventListener("abort", end, { once: true });
        await clock.sleep(ms, ends.signal);
        signal.removeEventListener("abort", end);
        cut = null;
      }
      woken = false;
    },
  };
}
