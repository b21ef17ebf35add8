import type { Ms } from "../model/basics.ts";
import type { Clock } from "./clock.ts";

/**
 * Runs `work` at most `ms` long. Its signal aborts with the caller's or when the time is up, and then the result
 * rejects with the signal's reason at once, even if the work does not listen.
 */
export function withDeadline<R>(
  limits: { readonly clock: Clock; readonly ms: Ms; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { clock, ms, signal } = limits;
  const timeUp = new AbortController();
  const done = new AbortController();
  const either = AbortSignal.any([signal, timeUp.signal]);
  return new Promise<R>((resolve, reject) => {
    const stop = (): void => reject(either.reason);
    if (either.aborted) return stop();
    either.addEventListener("abort", stop, { once: true });
    void clock.sleep(ms, done.signal).then(() => {
      if (!done.signal.aborted) timeUp.abort(new Error(`no answer in ${ms} ms`));
    });
    void work(either)
      .then(resolve, reject)
      .finally(() => {
        either.removeEventListener("abort", stop);
        done.abort();
      });
  });
}
