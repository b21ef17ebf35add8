import { IaiError } from "../../../kernel/errors.ts";

/** Hands out lanes, one user at a time each, first come first served. */
export interface LanePool {
  /** QUEUE_FULL beyond the bound, SHUTTING_DOWN after `drain`; the work was not begun. */
  use<R>(work: (lane: number) => Promise<R>): Promise<R>;
  /** Refuses new users and resolves when the last one is done. */
  drain(): Promise<void>;
}

export function createLanePool(lanes: number, waitingMax: number): LanePool {
  const free = Array.from({ length: lanes }, (_, lane) => lane);
  const waiting: ((lane: number) => void)[] = [];
  let draining: (() => void) | null = null;

  const release = (lane: number): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
    if (free.length === lanes) draining?.();
  };
  const take = (): Promise<number> => {
    const lane = free.pop();
    if (lane !== undefined) return Promise.resolve(lane);
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    use: async (work) => {
      if (draining !== null) throw new IaiError("SHUTTING_DOWN", refusal("IAI is stopping"));
      if (waiting.length >= waitingMax) {
        throw new IaiError("QUEUE_FULL", refusal(`${waitingMax} others wait`));
      }
      const lane = await take();
      try {
        return await work(lane);
      } finally {
        release(lane);
      }
    },
    drain: () =>
      new Promise((resolve) => {
        draining = resolve;
        if (free.length === lanes) resolve();
      }),
  };
}

const refusal = (reason: string): string =>
  `Cannot use the records: ${reason}, nothing was read or changed`;
