import type { Log } from "./log.ts";

/** Something that runs until it is closed. `close` is idempotent and never throws away accepted work. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Owns what a process has opened. Things are closed in the opposite order of their opening; one that fails to
 * close is logged and does not keep the others open.
 */
export class Lifecycle implements Closable {
  readonly #log: Log;
  readonly #abort = new AbortController();
  #owned: { readonly name: string; readonly close: () => Promise<void> }[] = [];
  #running: Promise<void>[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Aborted as soon as closing begins. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Takes ownership of an open resource. */
  own<T extends Closable>(name: string, resource: T): T {
    this.#owned.push({ name, close: () => resource.close() });
    return resource;
  }

  /** Runs a loop that ends when the signal aborts; a failure of it is fatal and reported by `onFailure`. */
  run(
    name: string,
    loop: (signal: AbortSignal) => Promise<void>,
    onFailure: (failure: unknown) => void,
  ): void {
    const running = loop(this.signal).catch((failure: unknown) => {
      if (this.signal.aborted) return;
      this.#log.error("lifecycle.loop.failed", { loop: name, error: String(failure) });
      onFailure(failure);
    });
    this.#running.push(running);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#running);
    this.#running = [];
    for (const { name, close } of this.#owned.toReversed()) {
      try {
        await close();
      } catch (failure) {
        this.#log.error("lifecycle.close.failed", { resource: name, error: String(failure) });
      }
    }
    this.#owned = [];
  }
}
