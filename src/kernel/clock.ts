import type { EpochMs, Ms } from "../model/basics.ts";

/** The only source of time outside `kernel/` and `app/`. */
export interface Clock {
  /** Wall time; may jump. */
  now(): EpochMs;
  /** Never goes back; for spans, waits and leases held in memory. */
  monotonic(): Ms;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: Ms, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

interface Sleeper {
  readonly dueAt: Ms;
  readonly wake: () => void;
}

/** A clock that a test moves: `advance` wakes sleepers in order and lets their work run. */
export class SimulatedClock implements Clock {
  #now: EpochMs;
  #elapsed: Ms = 0;
  #sleepers: Sleeper[] = [];

  constructor(startAt: EpochMs) {
    this.#now = startAt;
  }

  now(): EpochMs {
    return this.#now;
  }

  monotonic(): Ms {
    return this.#elapsed;
  }

  sleep(ms: Ms, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { dueAt: this.#elapsed + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      });
    });
  }

  /** Moves both clocks forward, waking each sleeper at its own time. */
  async advance(ms: Ms): Promise<void> {
    const target = this.#elapsed + ms;
    for (;;) {
      const next = this.#sleepers
        .filter((s) => s.dueAt <= target)
        .sort((a, b) => a.dueAt - b.dueAt)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now += next.dueAt - this.#elapsed;
      this.#elapsed = next.dueAt;
      next.wake();
      await settle();
    }
    this.#now += target - this.#elapsed;
    this.#elapsed = target;
    await settle();
  }

  /** A step of the wall clock alone, as NTP does it. */
  jump(ms: Ms): void {
    this.#now += ms;
  }
}

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
