import type { Reading } from "../../model/reading.ts";

/** Readings of one request on their way into the log: others that repeat them wait for the outcome. */
export class Flight {
  readonly readings: Reading[] = [];
  /** Resolves when the log has said yes or no. */
  readonly landed: Promise<void>;
  readonly land: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.landed = promise;
    this.land = resolve;
  }
}
