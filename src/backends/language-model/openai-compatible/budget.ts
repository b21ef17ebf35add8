import type { Clock } from "../../../kernel/clock.ts";
import type { Severity } from "../../../model/alarm.ts";
import type { Ms } from "../../../model/basics.ts";
import type { OpenAiCompatibleConfig } from "./config.ts";
import { createSlidingWindow, type SlidingWindow, type Unit } from "./sliding-window.ts";

export type BudgetLimits = OpenAiCompatibleConfig["budget"];

/** Tokens of one call: an estimate before, what the endpoint counted afterwards. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/**
 * Calls, tokens and money in sliding windows.
 * - A call is counted before it leaves, with the most it may take; `settle` corrects that.
 * - What is spent stays spent when the limits change.
 */
export interface Budget {
  /** Until such a call fits; 0: now, Infinity: it alone is more than a limit. */
  waitMs(tokens: Tokens, priority: Severity): Ms;
  /** Counts a call; the result says what it really took. */
  spend(tokens: Tokens): (actual: Tokens) => void;
  used(): {
    readonly callsPerMinute: number;
    readonly callsPerHour: number;
    readonly tokensPerMinute: number;
    readonly tokensPerHour: number;
    readonly moneyPerDay: number;
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export function createBudget(clock: Clock, limits: () => BudgetLimits): Budget {
  const minute = createSlidingWindow(MINUTE_MS, 50);
  const hour = createSlidingWindow(HOUR_MS, 1_000);
  const day = createSlidingWindow(DAY_MS, MINUTE_MS);
  const costOf = ({ input, output }: Tokens): number =>
    (input * limits().inputPrice + output * limits().outputPrice) / 1_000;
  const spendingOf = (tokens: Tokens) => ({
    calls: 1,
    tokens: tokens.input + tokens.output,
    money: costOf(tokens),
  });
  return {
    waitMs: (tokens, priority) => {
      const now = clock.monotonic();
      const wanted = spendingOf(tokens);
      const share = priority === "P0" ? 1 : 1 - limits().reservedForP0;
      const waits = limited(limits(), { minute, hour, day }).map(({ window, unit, limit }) => {
        // One call must always be possible, however small the limit is.
        const mine = unit === "calls" ? Math.max(1, Math.floor(limit * share)) : limit * share;
        return window.waitMs({ unit, amount: wanted[unit], limit: mine }, now);
      });
      return Math.max(0, ...waits);
    },
    spend: (tokens) => {
      const now = clock.monotonic();
      const settles = [minute, hour, day].map((window) => window.add(spendingOf(tokens), now));
      return (actual) => {
        for (const settle of settles) settle(spendingOf(actual));
      };
    },
    used: () => {
      const now = clock.monotonic();
      return {
        callsPerMinute: minute.used("calls", now),
        callsPerHour: hour.used("calls", now),
        tokensPerMinute: minute.used("tokens", now),
        tokensPerHour: hour.used("tokens", now),
        moneyPerDay: day.used("money", now),
      };
    },
  };
}

interface Limited {
  readonly window: SlidingWindow;
  readonly unit: Unit;
  readonly limit: number;
}

/** Every limit that is set, with the window it counts in. */
function limited(
  limits: BudgetLimits,
  { minute, hour, day }: Readonly<Record<"minute" | "hour" | "day", SlidingWindow>>,
): readonly Limited[] {
  const all = [
    { window: minute, unit: "calls", limit: limits.callsPerMinute },
    { window: hour, unit: "calls", limit: limits.callsPerHour },
    { window: minute, unit: "tokens", limit: limits.tokensPerMinute },
    { window: hour, unit: "tokens", limit: limits.tokensPerHour },
    { window: day, unit: "money", limit: limits.moneyPerDay },
  ] as const;
  return all.flatMap(({ limit, ...rest }) => (limit === null ? [] : [{ ...rest, limit }]));
}
