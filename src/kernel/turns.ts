import { IaiError } from "./errors.ts";

/** Hands out places (connections, hashing slots), one user at a time each, first come first served. */
export interface Turns {
  /** QUEUE_FULL beyond the bound, SHUTTING_DOWN after `drain`; the work was not begun. */
  use<R>(work: (place: number) => Promise<R>): Promise<R>;
  /** Refuses new users and resolves when the last one is done. */
  drain(): Promise<void>;
}

export interface TurnsOptions {
  readonly places: number;
  readonly waitingMax: number;
  /** What a refused user cannot do, e.g. `use the records`. */
  readonly action: string;
}

export function createTurns({ places, waitingMax, action }: TurnsOptions): Turns {
  const free = Array.from({ length: places }, (_, place) => place);
  const waiting: ((place: number) => void)[] = [];
  let drained: (() => void) | null = null;

  const release = (place: number): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(place);
    else next(place);
    if (free.length === places) drained?.();
  };
  const take = (): Promise<number> => {
    const place = free.pop();
    if (place !== undefined) return Promise.resolve(place);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const refuse = (code: "SHUTTING_DOWN" | "QUEUE_FULL", reason: string): IaiError =>
    new IaiError(code, `Cannot ${action}: ${reason}, nothing was done`);
  return {
    use: async (work) => {
      if (drained !== null) throw refuse("SHUTTING_DOWN", "IAI is stopping");
      if (waiting.length >= waitingMax) throw refuse("QUEUE_FULL", `${waitingMax} others wait`);
      const place = await take();
      try {
        return await work(place);
      } finally {
        release(place);
      }
    },
    drain: () =>
      new Promise((resolve) => {
        drained = resolve;
        if (free.length === places) resolve();
      }),
  };
}
