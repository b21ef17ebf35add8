import type { Consumer } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Topic } from "../../../ports/event-bus.ts";
import { closeClient, type KafkaClients } from "./clients.ts";
import { parsePartition, partitionName } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import type { Offsets, Partition } from "./offsets.ts";

/** Which partitions a reader has now. */
export interface Assignment {
  readonly partitions: readonly Partition[];
  /** null: it is as good as ever; otherwise it must be made anew. */
  readonly failure: unknown;
  close(): Promise<void>;
}

/** A reader that shares with nobody has them all, always. */
export function allPartitions(partitions: readonly Partition[]): Assignment {
  return { partitions, failure: null, close: () => Promise.resolve() };
}

export interface MembershipDeps {
  readonly config: KafkaEventBusConfig;
  readonly clients: KafkaClients;
  readonly clock: Clock;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly signal: AbortSignal;
  /** The partitions that were given up: what is known of them counts no more. */
  readonly onLost: (names: readonly string[]) => void;
  readonly onChange: () => void;
}

/** A member of a shared group: Kafka divides the partitions among the members that are alive. */
export class Membership implements Assignment {
  readonly #deps: MembershipDeps;
  readonly #member: Consumer;
  /** Joins nothing: it commits in the name of the member, and never joins again to do so. */
  readonly #committer: Consumer;
  readonly #committed = new Map<string, number>();
  #memberId: string | null = null;
  #partitions: readonly Partition[] = [];
  #failure: unknown = null;

  private constructor(deps: MembershipDeps) {
    const group = deps.config.groupPrefix + deps.group;
    this.#deps = deps;
    this.#member = deps.clients.member(group);
    this.#committer = deps.clients.fetcher(group);
    for (const topic of deps.topics) this.#member.topics.track(deps.config.topicPrefix + topic);
    this.#member.on("consumer:group:join", ({ memberId }) => this.#joined(memberId));
    this.#member.on("consumer:heartbeat:stalled", ({ lastError }) =>
      this.#failed(lastError ?? new Error("the group does not hear of this member")),
    );
    // Joining again after a heartbeat failed for good: no more heartbeats follow.
    this.#member.on("error", (failure: unknown) => this.#failed(failure));
  }

  static async join(deps: MembershipDeps): Promise<Membership> {
    const membership = new Membership(deps);
    const ms = deps.config.sessionTimeoutMs * 3 + deps.config.requestTimeoutMs;
    try {
      await withDeadline({ clock: deps.clock, ms, signal: deps.signal }, () =>
        membership.#member.joinGroup({}),
      );
      return membership;
    } catch (failure) {
      await membership.close();
      throw failure;
    }
  }

  get group(): string {
    return this.#deps.group;
  }

  get partitions(): readonly Partition[] {
    return this.#partitions;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Where the group stood when a partition was taken over: nothing before it is committed. */
  tookOver(offsets: Offsets): void {
    for (const [name, offset] of offsets) this.#committed.set(name, offset);
  }

  /** Commits what lies in the partitions it has now and is ahead of what was committed. */
  async commit(position: Offsets): Promise<void> {
    const moved = this.#partitions.flatMap(({ name }) => {
      const offset = position.get(name);
      const known = this.#committed.get(name);
      if (offset === undefined || known === undefined || offset <= known) return [];
      return [[name, offset] as const];
    });
    if (moved.length === 0) return;
    this.#committer.memberId = this.#member.memberId ?? "";
    this.#committer.generationId = this.#member.generationId;
    await this.#committer.commit({
      offsets: moved.map(([name, offset]) => ({
        topic: `${this.#deps.config.topicPrefix}${parsePartition(name)?.topic}`,
        partition: parsePartition(name)?.partition ?? 0,
        offset: BigInt(offset),
        leaderEpoch: -1,
      })),
    });
    for (const [name, offset] of moved)
      if (this.#committed.has(name)) this.#committed.set(name, offset);
  }

  async close(): Promise<void> {
    this.#failed(new Error("it was closed"));
    await closeClient(this.#member, this.#deps.clock);
    await closeClient(this.#committer, this.#deps.clock);
  }

  /** Also each time the group divides anew. */
  #joined(memberId: string): void {
    const { config, topics, onLost, onChange } = this.#deps;
    const now = topics.flatMap((topic) => {
      const given = this.#member.assignments?.find(
        (assignment) => assignment.topic === config.topicPrefix + topic,
      );
      return (given?.partitions ?? []).map((index) => ({
        name: partitionName(topic, index),
        topic,
        index,
      }));
    });
    const kept = new Set(memberId === this.#memberId ? now.map(({ name }) => name) : []);
    // Under a new name it was away: others may have read on in what it has again.
    const lost = this.#partitions.map(({ name }) => name).filter((name) => !kept.has(name));
    for (const name of lost) this.#committed.delete(name);
    this.#memberId = memberId;
    this.#partitions = now;
    onLost(lost);
    onChange();
  }

  #failed(failure: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#deps.onLost(this.#partitions.map(({ name }) => name));
    this.#partitions = [];
    this.#deps.onChange();
  }
}
