import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Admin } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { IdSource } from "../../../kernel/ids.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import type {
  BusBatch,
  BusHealth,
  BusPosition,
  BusRecord,
  EventBus,
  PublishResult,
  SubscribeOptions,
  Topic,
} from "../../../ports/event-bus.ts";
import type { Membership } from "./assignment.ts";
import { closeClient, type KafkaClients, loadKafkaClients } from "./clients.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { Confirmations } from "./confirmations.ts";
import { Drain, type RefusedByKafka } from "./drain.ts";
import { DRAIN_GROUP, type DrainPosition, openDrainPosition } from "./drain-position.ts";
import { unreachable } from "./errors.ts";
import { type GroupLag, lagOf } from "./lag.ts";
import { LinkStates } from "./link-states.ts";
import { OffsetDesk } from "./offsets.ts";
import { PartitionReader, type ReaderCounters } from "./partition-reader.ts";
import { type GuardedGroup, RetentionGuard } from "./retention-guard.ts";
import { prepareTopics, type Topics } from "./topics.ts";
import { type Ranges, Unread } from "./unread.ts";

export interface KafkaEventBusDeps {
  /** The local durable log with one total order. It belongs to the bus from here on and is closed with it. */
  readonly outbox: EventBus;
  /** Where it is noted how far the outbox is carried: beside the outbox, so that both live and die together. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ids: IdSource;
  /** Groups that must have read a record before Kafka deletes it. */
  readonly groups: readonly GuardedGroup[];
  /** Takes over what Kafka will never take; until it resolves the outbox waits. */
  readonly onRefused: RefusedByKafka;
}

export interface BusCounters extends Readonly<ReaderCounters> {
  readonly carried: number;
  readonly refused: number;
}

/** Several processes' log: accepted by the outbox of one, read by all. Partitions are `<topic>-<number>`. */
export interface KafkaEventBus extends EventBus {
  /** How far a group is behind in `topics`, default: in all in which it ever confirmed something. */
  lag(group: string, topics?: readonly Topic[]): Promise<GroupLag>;
  /** Records in parts of partitions, ticks aside; where there are many, all of them. */
  unread(ranges: Ranges): Promise<number>;
  counters(): BusCounters;
}

/** Resolves as soon as records are accepted; Kafka may be away, now and at any time. */
export async function openKafkaEventBus(
  config: KafkaEventBusConfig,
  deps: KafkaEventBusDeps,
): Promise<KafkaEventBus> {
  const { outbox, dataDir, ids, log } = deps;
  await mkdir(dataDir, { recursive: true });
  const clients = await loadKafkaClients(config, log);
  const path = join(dataDir, "kafka-drain.json");
  const position = await openDrainPosition({ path, outbox, ids, log });
  // From here on the outbox deletes nothing that is not carried, also if the next start never comes to it.
  await outbox.confirm(DRAIN_GROUP, position.next);
  return new OpenKafkaBus(config, deps, { clients, position });
}

interface Parts {
  readonly clients: KafkaClients;
  readonly position: DrainPosition;
}

/** What can be made only when Kafka has answered once. */
interface Kafka {
  readonly topics: Topics;
  readonly drain: Drain;
  readonly guard: RetentionGuard;
}

/** Time in which groups may still be confirmed at the end, ms. */
const LAST_WORD_MS = 2_000;

class OpenKafkaBus implements KafkaEventBus {
  readonly capabilities = { totalOrder: false, replay: true };
  readonly #config: KafkaEventBusConfig;
  readonly #deps: KafkaEventBusDeps;
  readonly #parts: Parts;
  readonly #admin: Admin;
  readonly #desk: OffsetDesk;
  readonly #unread: Unread;
  readonly #links: LinkStates;
  readonly #confirmations: Confirmations;
  readonly #memberships = new Set<Membership>();
  readonly #counters: ReaderCounters = { repeats: 0, lost: 0, rebuilt: 0 };
  readonly #closing = new AbortController();
  readonly #ready: Promise<Kafka | null>;
  readonly #running: Promise<unknown>;
  #kafka: Kafka | null = null;
  #closed = false;
  #subscriptions = 0;

  constructor(config: KafkaEventBusConfig, deps: KafkaEventBusDeps, parts: Parts) {
    this.#config = config;
    this.#deps = deps;
    this.#parts = parts;
    this.#admin = parts.clients.admin();
    this.#desk = new OffsetDesk(this.#admin, config);
    this.#unread = new Unread({ config, clients: parts.clients, clock: deps.clock });
    this.#links = new LinkStates(deps.clock, deps.log);
    this.#confirmations = new Confirmations({
      desk: this.#desk,
      memberships: this.#memberships,
      links: this.#links,
      clock: deps.clock,
      waitMs: config.requestTimeoutMs,
      signal: this.#closing.signal,
    });
    this.#ready = this.#prepare();
    this.#running = Promise.all([this.#carry(), this.#watchGroups()]);
  }

  async publish(records: readonly BusRecord[]): Promise<PublishResult> {
    const nothing = "nothing of this request was accepted";
    if (this.#closed)
      throw new IaiError("SHUTTING_DOWN", `Cannot publish: the bus is being closed; ${nothing}`);
    const behind = this.#kafka?.guard.refusal ?? null;
    if (behind !== null && records.some(({ topic }) => topic === "raw_sensor_data")) {
      const data = { retryAfterMs: 30_000 };
      throw new IaiError("BUS_BEHIND", `Cannot publish: ${behind}; ${nothing}`, { data });
    }
    // Its offsets are the outbox's; those that readers see are Kafka's, and not known yet.
    return { ...(await this.#deps.outbox.publish(records)), firstOffset: null };
  }

  async *subscribe(options: SubscribeOptions): AsyncIterable<BusBatch> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const kafka = await this.#readyUnless(signal);
    if (kafka === null) return;
    this.#subscriptions += 1;
    const reader = new PartitionReader(
      {
        ...this.#deps,
        config: this.#config,
        clients: this.#parts.clients,
        desk: this.#desk,
        topics: kafka.topics,
        links: this.#links,
        counters: this.#counters,
        memberships: this.#memberships,
      },
      { ...options, signal },
      this.#subscriptions,
    );
    yield* reader.batches();
  }

  confirm(group: string, position: BusPosition): Promise<void> {
    return this.#confirmations.confirm(group, position);
  }

  async lag(group: string, topics: readonly Topic[] | null = null): Promise<GroupLag> {
    const action = `ask how far the group "${group}" has read`;
    if (this.#kafka === null) {
      const reason = this.#links.failing()?.reason ?? "Kafka was not reached yet";
      throw unreachable(action, reason, "it is not known");
    }
    try {
      return await lagOf(this.#desk, this.#kafka.topics, { group, topics });
    } catch (failure) {
      throw unreachable(action, failure, "it is not known");
    }
  }

  async unread(ranges: Ranges): Promise<number> {
    return await this.#unread.count(ranges).catch((failure: unknown) => {
      throw unreachable("count what is still to be read", failure, "it is not known");
    });
  }

  counters(): BusCounters {
    const { carried = 0, refused = 0 } = this.#kafka?.drain.progress() ?? {};
    return { ...this.#counters, carried, refused };
  }

  async health(): Promise<BusHealth> {
    const outbox = await this.#deps.outbox.health();
    const behind = this.#kafka?.guard.refusal ?? null;
    const failing = this.#links.failing();
    return {
      ...outbox,
      end: Object.fromEntries(this.#kafka?.guard.ends ?? []),
      refusing:
        outbox.refusing ?? (behind === null ? null : { code: "BUS_BEHIND", detail: behind }),
      carrying: {
        away: failing === null ? null : { since: failing.since, reason: failing.reason },
        waiting: this.#waiting(outbox.end),
        waitingSince: this.#kafka?.drain.progress().waitingSince ?? null,
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { clock, outbox } = this.#deps;
    await this.#carryTheRest();
    const limits = { clock, ms: LAST_WORD_MS, signal: this.#closing.signal };
    await withDeadline(limits, () => this.#confirmations.again()).catch(() => undefined);
    this.#closing.abort();
    // First, so that nobody goes on waiting for an answer.
    await closeClient(this.#admin, clock);
    await this.#unread.close();
    await this.#running;
    await this.#parts.position.save();
    await outbox.close();
  }

  /** What is accepted and not carried; an outbox begins at 1. */
  #waiting(end: BusPosition): number {
    const { next } = this.#parts.position;
    return Object.entries(end).reduce(
      (sum, [name, at]) => sum + Math.max(0, at - (next[name] ?? 1)),
      0,
    );
  }

  /** null: the signal aborted before Kafka answered. */
  async #readyUnless(signal: AbortSignal): Promise<Kafka | null> {
    if (this.#kafka !== null || signal.aborted) return this.#kafka;
    const aborted = new Promise<null>((resolve) => {
      signal.addEventListener("abort", () => resolve(null), { once: true });
    });
    return await Promise.race([this.#ready, aborted]);
  }

  async #prepare(): Promise<Kafka | null> {
    const { clients, position } = this.#parts;
    const { clock, log } = this.#deps;
    const [config, links] = [this.#config, this.#links];
    const { signal } = this.#closing;
    const topics = await prepareTopics({ config, admin: this.#admin, links, clock, log, signal });
    if (topics === null) return null;
    const drain = new Drain({ ...this.#deps, config, clients, position, topics, links });
    const guard = new RetentionGuard({ ...this.#deps, config, desk: this.#desk, topics });
    this.#kafka = { topics, drain, guard };
    return this.#kafka;
  }

  async #carry(): Promise<void> {
    const kafka = await this.#ready;
    const { signal } = this.#closing;
    const policy = { baseMs: 100, maxMs: this.#config.retryMaxMs, attempts: null };
    for (let attempt = 1; kafka !== null && !signal.aborted; attempt += 1) {
      try {
        await kafka.drain.run(signal);
        return;
      } catch (failure) {
        this.#links.fails("drain", failure);
        await this.#deps.clock.sleep(backoffMs(policy, attempt, 0.5), signal);
      }
    }
  }

  async #watchGroups(): Promise<void> {
    const kafka = await this.#ready;
    const { signal } = this.#closing;
    while (kafka !== null && !signal.aborted) {
      try {
        await kafka.guard.look();
        this.#links.works("lag");
      } catch (failure) {
        if (!signal.aborted) this.#links.fails("lag", failure);
      }
      await this.#confirmations.again();
      await this.#deps.clock.sleep(this.#config.lagEveryMs, signal);
    }
  }

  /** A process that stops for good should leave nothing behind; one whose Kafka is away goes on at its next start. */
  async #carryTheRest(): Promise<void> {
    const { clock, outbox } = this.#deps;
    const until = clock.monotonic() + this.#config.closeWaitMs;
    while (this.#kafka !== null && clock.monotonic() < until) {
      const isAway = this.#links.failing() !== null;
      if (isAway || this.#waiting((await outbox.health()).end) === 0) return;
      await clock.sleep(20);
    }
  }
}
