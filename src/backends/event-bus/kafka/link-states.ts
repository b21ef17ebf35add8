import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { EpochMs } from "../../../model/basics.ts";
import { reasonOf } from "./errors.ts";

/** Who talks to Kafka: each has connections, and rights, of its own. */
export type LinkName = "topics" | "drain" | "lag" | "confirm" | `read ${string}`;

export interface LinkState {
  readonly link: LinkName;
  readonly since: EpochMs;
  readonly reason: string;
}

/** Knows which links to Kafka work. Told to the log when it changes, not at each attempt. */
export class LinkStates {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #failing = new Map<LinkName, LinkState>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  works(link: LinkName): void {
    const state = this.#failing.get(link);
    if (state === undefined) return;
    this.#failing.delete(link);
    this.#log.info("bus.connected", { link, afterMs: this.#clock.now() - state.since });
  }

  fails(link: LinkName, failure: unknown): void {
    const known = this.#failing.get(link);
    const reason = reasonOf(failure);
    this.#failing.set(link, { link, since: known?.since ?? this.#clock.now(), reason });
    if (known?.reason !== reason) this.#log.warn("bus.away", { link, reason });
  }

  forget(link: LinkName): void {
    this.#failing.delete(link);
  }

  /** The link that fails longest; null: all work, as far as they were used. */
  failing(): LinkState | null {
    const states = [...this.#failing.values()].sort((a, b) => a.since - b.since);
    return states[0] ?? null;
  }
}
