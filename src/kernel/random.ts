/** A seeded source of randomness: the same seed gives the same plant's day. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number in [0, below). */
  integer(below: number): number;
}

/** Mulberry32 (T. Ettinger, public domain): 32 bits of state are enough for simulations. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    // Sum of twelve uniforms: plain arithmetic, the same in every engine (Irwin–Hall).
    normal: () => {
      let sum = -6;
      for (let i = 0; i < 12; i += 1) sum += next();
      return sum;
    },
    integer: (below) => Math.floor(next() * below),
  };
}
