import type { Clock } from "../../../kernel/clock.ts";
import type { EpochMs, Ms } from "../../../model/basics.ts";
import type { OpenAiCompatibleConfig } from "./config.ts";

export type BreakerState = "closed" | "open" | "half_open";

/** What a call says about the endpoint; `none`: nothing, `good`: it is there. */
export type Outcome = "good" | "away" | "account" | "none";

export interface Refusal {
  readonly retryAfterMs: Ms;
  readonly reason: string;
}

/**
 * Leaves an endpoint alone that does not answer or refuses the account, so that nobody waits for nothing.
 * After its pause one call tries; it closes the breaker or doubles the pause.
 */
export interface Breaker {
  /** null: a call may leave. */
  refusal(): Refusal | null;
  /** A call leaves; the result tells its outcome, once. */
  begin(): (outcome: Outcome, reason: string) => void;
  /** Something was changed by a person (key, address, model): the past says nothing any more. */
  forget(): void;
  state(): BreakerState;
  /** null: it is closed. */
  openSince(): { readonly since: EpochMs; readonly reason: string } | null;
}

interface Open {
  readonly since: EpochMs;
  readonly reason: string;
  readonly pauseMs: Ms;
  readonly untilMs: Ms;
}

export function createBreaker(
  clock: Clock,
  limits: () => OpenAiCompatibleConfig["breaker"],
): Breaker {
  let open: Open | null = null;
  let failures = 0;
  let probing = false;
  /** Calls that began before `forget` say nothing about what came after. */
  let era = 0;
  const openFor = (pauseMs: Ms, reason: string): void => {
    const bounded = Math.min(pauseMs, limits().pauseMaxMs);
    const since = open?.since ?? clock.now();
    open = { since, reason, pauseMs: bounded, untilMs: clock.monotonic() + bounded };
  };
  const close = (): void => {
    open = null;
    failures = 0;
  };
  const failed = (outcome: "away" | "account", reason: string, isProbe: boolean): void => {
    const { failures: most, pauseMs, deniedPauseMs } = limits();
    const firstPauseMs = outcome === "account" ? deniedPauseMs : pauseMs;
    failures += 1;
    if (isProbe && open !== null) openFor(Math.max(firstPauseMs, open.pauseMs * 2), reason);
    // Late news of calls that left before it opened must not prolong the pause.
    else if (open !== null) return;
    else if (outcome === "account" || failures >= most) openFor(firstPauseMs, reason);
  };
  return {
    refusal: () => {
      if (open === null) return null;
      const retryAfterMs = Math.max(0, open.untilMs - clock.monotonic());
      return retryAfterMs === 0 && !probing ? null : { retryAfterMs, reason: open.reason };
    },
    begin: () => {
      const isProbe = open !== null;
      const began = era;
      if (isProbe) probing = true;
      return (outcome, reason) => {
        if (began !== era) return;
        if (isProbe) probing = false;
        if (outcome === "good") close();
        else if (outcome !== "none") failed(outcome, reason, isProbe);
      };
    },
    forget: () => {
      era += 1;
      probing = false;
      close();
    },
    state: () => {
      if (open === null) return "closed";
      return probing || open.untilMs <= clock.monotonic() ? "half_open" : "open";
    },
    openSince: () => (open === null ? null : { since: open.since, reason: open.reason }),
  };
}
