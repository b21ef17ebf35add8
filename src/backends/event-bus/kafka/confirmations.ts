import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Ms } from "../../../model/basics.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { Membership } from "./assignment.ts";
import { parsePartition } from "./codec.ts";
import type { LinkStates } from "./link-states.ts";
import type { OffsetDesk } from "./offsets.ts";

export interface ConfirmationsDeps {
  readonly desk: OffsetDesk;
  readonly memberships: ReadonlySet<Membership>;
  readonly links: LinkStates;
  readonly clock: Clock;
  /** A caller waits at most this long. */
  readonly waitMs: Ms;
  readonly signal: AbortSignal;
}

/**
 * Stores what groups confirm as their committed offsets. One request at a time for a group, always with the latest;
 * what Kafka does not take now is tried again with the next one, and by `again`.
 */
export class Confirmations {
  readonly #deps: ConfirmationsDeps;
  readonly #pending = new Map<string, Map<string, number>>();
  readonly #confirmed = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(deps: ConfirmationsDeps) {
    this.#deps = deps;
  }

  async confirm(group: string, position: BusPosition): Promise<void> {
    const { clock, waitMs: ms, signal } = this.#deps;
    const pending = this.#pending.get(group) ?? new Map<string, number>();
    for (const [partition, offset] of Object.entries(position)) {
      const place = `${group} ${partition}`;
      const isNews =
        parsePartition(partition) !== null && offset > (this.#confirmed.get(place) ?? 0);
      if (isNews) pending.set(partition, offset);
    }
    if (pending.size === 0) return;
    this.#pending.set(group, pending);
    await withDeadline({ clock, ms, signal }, () => this.#flush(group)).catch(() => undefined);
  }

  /** Tries again what Kafka did not take. */
  async again(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((group) => this.#flush(group)));
  }

  #flush(group: string): Promise<void> {
    const before = this.#running.get(group) ?? Promise.resolve();
    const running = before.then(() => this.#send(group));
    this.#running.set(group, running);
    return running;
  }

  async #send(group: string): Promise<void> {
    const { desk, memberships, links } = this.#deps;
    const offsets = this.#pending.get(group);
    if (offsets === undefined) return;
    this.#pending.delete(group);
    const members = [...memberships].filter((member) => member.group === group);
    try {
      // A member's partitions are those it has now: what it lost is for others to confirm.
      if (members.length === 0) await desk.commit(group, offsets);
      else for (const member of members) await member.commit(offsets);
      links.works("confirm");
      if (members.length > 0) return;
      for (const [partition, offset] of offsets)
        this.#confirmed.set(`${group} ${partition}`, offset);
    } catch (failure) {
      links.fails("confirm", failure);
      const later = this.#pending.get(group) ?? new Map<string, number>();
      for (const [partition, offset] of offsets)
        later.set(partition, Math.max(offset, later.get(partition) ?? 0));
      this.#pending.set(group, later);
    }
  }
}
