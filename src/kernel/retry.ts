import type { Ms } from "../model/basics.ts";
import type { Clock } from "./clock.ts";

export interface RetryPolicy {
  /** First wait; doubles with each attempt. */
  readonly baseMs: Ms;
  readonly maxMs: Ms;
  /** Attempts in all; null: until the signal aborts. */
  readonly attempts: number | null;
}

/** Wait before attempt n (1-based) with full jitter; `random` in [0, 1). */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): Ms {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(1, Math.floor(ceiling * (0.5 + random / 2)));
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** False: the failure is final, it is thrown at once. */
  readonly isRetryable: (failure: unknown) => boolean;
  readonly onRetry: (failure: unknown, attempt: number, waitMs: Ms) => void;
}

/** Does `work` until it succeeds, fails for good, the attempts are used up, or the signal aborts. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (failure) {
      const last = options.policy.attempts !== null && attempt >= options.policy.attempts;
      if (last || options.signal.aborted || !options.isRetryable(failure)) throw failure;
      const waitMs = backoffMs(options.policy, attempt, options.random());
      options.onRetry(failure, attempt, waitMs);
      await options.clock.sleep(waitMs, options.signal);
      if (options.signal.aborted) throw failure;
    }
  }
}
