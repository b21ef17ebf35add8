import { useSyncExternalStore } from "react";

/** The browser's clock, corrected by what the server said last; the one place of the console that reads it. */
let skewMs = 0;

/** Now in UTC milliseconds, on the server's clock. */
export function now(): number {
  return Date.now() + skewMs;
}

/** A wall screen's clock may be minutes off: ages are told on the server's clock. */
export function learnServerTime(serverNow: number): void {
  const skew = serverNow - Date.now();
  // Below two seconds it is the way of the answer, not the clock.
  skewMs = Math.abs(skew) < 2_000 ? 0 : skew;
}

const listeners = new Set<() => void>();
let second = Math.floor(now() / 1000);
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = Math.floor(now() / 1000);
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The current second; a component that uses it is drawn again each `stepS` seconds. */
export function useNow(stepS = 1): number {
  return useSyncExternalStore(subscribe, () => Math.floor(second / stepS) * stepS * 1000);
}
