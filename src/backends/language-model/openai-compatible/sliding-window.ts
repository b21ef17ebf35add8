import type { Ms } from "../../../model/basics.ts";

/** What a call takes from the budgets. */
export interface Spending {
  readonly calls: number;
  readonly tokens: number;
  readonly money: number;
}

export type Unit = keyof Spending;

/** Spendings of the last `spanMs`, kept in slots of `grainMs`, so that its size is bounded. */
export interface SlidingWindow {
  /** Counts it and gives the way to say later what it really was. */
  add(spending: Spending, now: Ms): (actual: Spending) => void;
  used(unit: Unit, now: Ms): number;
  /** Until `amount` more stays within `limit`; 0: now, Infinity: never. */
  waitMs(
    need: { readonly unit: Unit; readonly amount: number; readonly limit: number },
    now: Ms,
  ): Ms;
}

interface Slot {
  /** A slot counts until a whole span after its end: rather a moment too long than too short. */
  readonly endAt: Ms;
  calls: number;
  tokens: number;
  money: number;
}

export function createSlidingWindow(spanMs: Ms, grainMs: Ms): SlidingWindow {
  let slots: Slot[] = [];
  const prune = (now: Ms): void => {
    if (slots[0] !== undefined && slots[0].endAt + spanMs <= now)
      slots = slots.filter(({ endAt }) => endAt + spanMs > now);
  };
  const slotAt = (now: Ms): Slot => {
    const endAt = (Math.floor(now / grainMs) + 1) * grainMs;
    const last = slots.at(-1);
    if (last !== undefined && last.endAt === endAt) return last;
    const slot = { endAt, calls: 0, tokens: 0, money: 0 };
    slots.push(slot);
    return slot;
  };
  const used = (unit: Unit): number => slots.reduce((sum, slot) => sum + slot[unit], 0);
  return {
    add: (spending, now) => {
      prune(now);
      const slot = slotAt(now);
      change(slot, spending, 1);
      return (actual) => {
        change(slot, spending, -1);
        change(slot, actual, 1);
      };
    },
    used: (unit, now) => {
      prune(now);
      return used(unit);
    },
    waitMs: ({ unit, amount, limit }, now) => {
      if (amount > limit) return Number.POSITIVE_INFINITY;
      prune(now);
      let over = used(unit) + amount - limit;
      for (const slot of slots) {
        if (over <= 0) break;
        over -= slot[unit];
        if (over <= 0) return slot.endAt + spanMs - now;
      }
      return 0;
    },
  };
}

function change(slot: Slot, { calls, tokens, money }: Spending, sign: 1 | -1): void {
  slot.calls += sign * calls;
  slot.tokens += sign * tokens;
  slot.money += sign * money;
}
