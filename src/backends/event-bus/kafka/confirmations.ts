import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Ms } from "../../../model/basics.ts";
import type { BusPosition } from "../../../ports/event-bus.ts";
import type { Membership } from "./assignment.ts";
import { parsePartition } from "./codec.ts";
import { isForMembers } from "./errors.ts";
import type { LinkStates } from "./link-states.ts";
import type { OffsetDesk, Offsets } from "./offsets.ts";

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
 * Stores what groups confirm as their committed offsets, only ever forwards. One request at a time for a group, always
 * with the latest; what Kafka does not take now is tried again with the next one, and by `again`.
 */
export class Confirmations {
  readonly #deps: ConfirmationsDeps;
  readonly #pending = new Map<string, Map<string, number>>();
  /** Where a group without members here stands for sure. */
  readonly #standing = new Map<string, Map<string, number>>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(deps: ConfirmationsDeps) {
    this.#deps = deps;
  }

  async confirm(group: string, position: BusPosition): Promise<void> {
    const { clock, waitMs: ms, signal } = this.#deps;
    const ours = Object.entries(position).filter(([name]) => parsePartition(name) !== null);
    this.#note(group, ours);
    await withDeadline({ clock, ms, signal }, () => this.#flush(group)).catch(() => undefined);
  }

  /** Tries again what Kafka did not take. */
  async again(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((group) => this.#flush(group)));
  }

  #note(group: string, offsets: Iterable<readonly [string, number]>): void {
    const pending = this.#pending.get(group) ?? new Map<string, number>();
    for (const [partition, offset] of offsets)
      pending.set(partition, Math.max(offset, pending.get(partition) ?? 0));
    this.#pending.set(group, pending);
  }

  #flush(group: string): Promise<void> {
    const before = this.#running.get(group) ?? Promise.resolve();
    const running = before.then(() => this.#send(group));
    this.#running.set(group, running);
    return running;
  }

  async #send(group: string): Promise<void> {
    const { memberships, links } = this.#deps;
    const offsets = this.#pending.get(group);
    if (offsets === undefined) return;
    this.#pending.delete(group);
    const members = [...memberships].filter((member) => member.group === group);
    try {
      // A member commits for the partitions it has now: those it lost are for others to confirm.
      if (members.length === 0) await this.#commit(group, offsets);
      else for (const member of members) await member.commit(offsets);
      links.works("confirm");
    } catch (failure) {
      this.#standing.delete(group);
      const others = isForMembers(failure);
      // Its members are elsewhere: they know better where it stands.
      if (others && members.length === 0) return;
      this.#note(group, offsets);
      if (!others) links.fails("confirm", failure);
    }
  }

  async #commit(group: string, offsets: Offsets): Promise<void> {
    const { desk } = this.#deps;
    const standing = this.#standing.get(group) ?? new Map(await desk.committed(group));
    const news = new Map(
      [...offsets].filter(([partition, offset]) => offset > (standing.get(partition) ?? -1)),
    );
    await desk.commit(group, news);
    for (const [partition, offset] of news) standing.set(partition, offset);
    this.#standing.set(group, standing);
  }
}
