/** Places for answers that missed their time: the few that may still be waited for. */
export interface LatePlaces {
  /** Gives the place back; null: none is free. */
  take(): (() => void) | null;
  hold(work: Promise<void>): void;
  settled(): Promise<unknown>;
}

export function createLatePlaces(places: number): LatePlaces {
  let taken = 0;
  const held = new Set<Promise<void>>();
  return {
    take: () => {
      if (taken >= places) return null;
      taken += 1;
      return () => {
        taken -= 1;
      };
    },
    hold: (work) => {
      held.add(work);
      void work.finally(() => held.delete(work));
    },
    settled: () => Promise.all(held),
  };
}
