import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import { createWakeUp, type WakeUp } from "../../../kernel/wake-up.ts";
import type { BusBatch, SubscribeOptions } from "../../../ports/event-bus.ts";
import { type Assignment, allPartitions, Membership } from "./assignment.ts";
import { BatchCutter } from "./batch-cutter.ts";
import { closeClient, type KafkaClients } from "./clients.ts";
import { endOfBatch } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { isOutOfRange } from "./errors.ts";
import { type FetchedPartition, Fetcher, type FetchResult } from "./fetcher.ts";
import type { LinkName, LinkStates } from "./link-states.ts";
import {
  BEGINNING,
  END,
  type OffsetDesk,
  type Offsets,
  type Partition,
  partitionsOf,
} from "./offsets.ts";
import { ProgressWatch } from "./progress-watch.ts";
import type { Topics } from "./topics.ts";

export interface ReaderDeps {
  readonly config: KafkaEventBusConfig;
  readonly clients: KafkaClients;
  readonly desk: OffsetDesk;
  readonly topics: Topics;
  readonly links: LinkStates;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: ReaderCounters;
  /** Holds the membership in a shared group while it lasts: `confirm` goes through it. */
  readonly memberships: Set<Membership>;
}

export interface ReaderCounters {
  /** Records that were carried twice and delivered once. */
  repeats: number;
  /** Records that Kafka had deleted before they were read. */
  lost: number;
  /** Readers that stood still and were built anew. */
  rebuilt: number;
}

interface Client {
  readonly fetcher: Fetcher;
  readonly close: () => Promise<void>;
}

class StandsStill extends Error {}

/** Longest wait between two looks at how it goes, ms. */
const LOOK_MS = 1_000;

/**
 * One subscription. Whatever fails is built anew, for ever and with growing waits; where it stands is kept, so that
 * nothing is passed over. Ends only when the signal aborts.
 */
export class PartitionReader {
  readonly #deps: ReaderDeps;
  readonly #options: SubscribeOptions;
  readonly #all: readonly Partition[];
  readonly #link: LinkName;
  readonly #wake: WakeUp;
  readonly #watch: ProgressWatch;
  readonly #cutter = new BatchCutter();
  /** Next offset to fetch; what is delivered may be behind it. */
  readonly #positions = new Map<string, number>();
  #results: FetchResult[] = [];
  /** What failed beside results that had to be delivered first. */
  #failure: unknown = null;
  #assignment: Assignment | null = null;
  #client: Client | null = null;

  constructor(deps: ReaderDeps, options: SubscribeOptions, number: number) {
    this.#deps = deps;
    this.#options = options;
    this.#all = partitionsOf(deps.topics, options.topics);
    this.#link = `read ${options.group} ${number}`;
    this.#wake = createWakeUp(deps.clock);
    const { stallMs } = deps.config;
    const ends = (names: readonly string[]) => this.#ends(names);
    this.#watch = new ProgressWatch({ clock: deps.clock, stallMs, ends });
  }

  async *batches(): AsyncGenerator<BusBatch> {
    const { signal } = this.#options;
    const { clock, config, counters } = this.#deps;
    const policy = { baseMs: 100, maxMs: config.retryMaxMs, attempts: null };
    let attempt = 1;
    try {
      while (!signal.aborted) {
        let fetched: readonly FetchedPartition[] = [];
        try {
          fetched = await this.#next();
          if (fetched.length > 0) attempt = 1;
        } catch (failure) {
          await this.#failed(failure);
          await clock.sleep(backoffMs(policy, attempt, 0.5), signal);
          attempt += 1;
        }
        const repeatsBefore = this.#cutter.repeats;
        for (const batch of this.#cutter.cut(fetched)) {
          const yieldedAt = clock.monotonic();
          yield batch;
          this.#watch.paused(clock.monotonic() - yieldedAt);
          if (signal.aborted) return;
        }
        counters.repeats += this.#cutter.repeats - repeatsBefore;
      }
    } finally {
      this.#deps.links.forget(this.#link);
      await this.#dropClient();
      await this.#dropAssignment();
    }
  }

  /** What has come, or nothing after a while; the next requests are under way already. */
  async #next(): Promise<readonly FetchedPartition[]> {
    await this.#meetFailure();
    const assignment = await this.#assigned();
    await this.#findPositions(assignment);
    this.#client ??= this.#newClient();
    const { fetcher } = this.#client;
    await fetcher.begin(this.#readable(assignment), this.#positions);
    if (this.#results.length === 0) await this.#wake.wait(LOOK_MS, this.#options.signal);
    const stalled = await this.#watch.stalled(this.#positions);
    if (stalled.length > 0) throw this.#standsStill(stalled);
    // From here on nothing may fail: what is taken must be delivered. A failure is met by the next call.
    const fetched = this.#take();
    await fetcher.begin(this.#readable(assignment), this.#positions).catch(() => undefined);
    return fetched;
  }

  /** Partitions whose position is known. */
  #readable({ partitions }: Assignment): readonly Partition[] {
    return partitions.filter(({ name }) => this.#positions.has(name));
  }

  /** Takes what has come and was asked for at the present position; the rest is of no more use. */
  #take(): readonly FetchedPartition[] {
    const results = this.#results;
    this.#results = [];
    const taken: FetchedPartition[] = [];
    for (const { partitions, failure } of results) {
      if (failure !== null) {
        this.#failure = failure;
        continue;
      }
      this.#deps.links.works(this.#link);
      for (const partition of partitions) {
        const last = partition.batches.at(-1);
        if (last === undefined || this.#positions.get(partition.name) !== partition.from) continue;
        this.#positions.set(partition.name, endOfBatch(last));
        this.#watch.moved(partition.name);
        taken.push(partition);
      }
    }
    return taken;
  }

  async #assigned(): Promise<Assignment> {
    if (this.#assignment !== null && this.#assignment.failure === null) return this.#assignment;
    await this.#dropAssignment();
    const { group, topics, signal, shared = false } = this.#options;
    if (!shared) this.#assignment = allPartitions(this.#all);
    else {
      const membership = await Membership.join({
        ...this.#deps,
        ...{ group, topics, signal },
        onLost: (names) => {
          for (const name of names) this.#release(name);
        },
        onChange: () => this.#wake.wake(),
      });
      this.#deps.memberships.add(membership);
      this.#deps.links.works(this.#link);
      this.#assignment = membership;
    }
    return this.#assignment;
  }

  /** Where a partition is read from: as told, else where its group stands, else the oldest record kept. */
  async #findPositions(assignment: Assignment): Promise<void> {
    const unknown = assignment.partitions.filter(({ name }) => !this.#positions.has(name));
    if (unknown.length === 0) return;
    const { desk } = this.#deps;
    const { group, from, shared = false } = this.#options;
    const told: Offsets =
      shared || from === null ? await desk.committed(group) : new Map(Object.entries(from));
    const untold = unknown.filter(({ name }) => !told.has(name));
    const starts = await desk.at(untold, BEGINNING);
    for (const { name } of unknown) {
      const offset = told.get(name) ?? starts.get(name);
      const isStillOurs = assignment.partitions.some((partition) => partition.name === name);
      if (offset !== undefined && isStillOurs) this.#setPosition(name, offset);
    }
  }

  /** An offset that is not there stops its whole broker: it is looked for anew. Other failures are the caller's. */
  async #meetFailure(): Promise<void> {
    const failure = this.#failure;
    if (failure === null) return;
    if (!isOutOfRange(failure)) throw failure;
    this.#failure = null;
    const { desk, log, counters } = this.#deps;
    const read = this.#all.filter(({ name }) => this.#positions.has(name));
    const [starts, ends] = [await desk.at(read, BEGINNING), await desk.at(read, END)];
    for (const { name } of read) {
      const at = this.#positions.get(name);
      const start = starts.get(name);
      const end = ends.get(name);
      if (at === undefined || start === undefined || end === undefined) continue;
      if (at >= start && at <= end) continue;
      if (at < start) {
        counters.lost += start - at;
        log.error("bus.records.lost", {
          group: this.#options.group,
          partition: name,
          from: at,
          to: start,
        });
      } else log.warn("bus.partition.begun_anew", { partition: name, at, end });
      this.#setPosition(name, start);
    }
  }

  #setPosition(name: string, offset: number): void {
    this.#positions.set(name, offset);
    this.#cutter.begin(name, offset);
    if (this.#assignment instanceof Membership)
      this.#assignment.tookOver(new Map([[name, offset]]));
  }

  #release(name: string): void {
    this.#positions.delete(name);
    this.#cutter.release(name);
  }

  #newClient(): Client {
    const { clients, clock, config } = this.#deps;
    const { group, topics } = this.#options;
    const consumer = clients.fetcher(config.groupPrefix + group);
    const client: Client = {
      fetcher: new Fetcher(consumer, {
        config,
        topics,
        onResult: (result) => {
          if (this.#client !== client) return;
          this.#results.push(result);
          this.#wake.wake();
        },
      }),
      close: () => closeClient(consumer, clock),
    };
    return client;
  }

  /** A membership outlives a failure of its connections, so that its partitions stay here; not a standstill. */
  async #failed(failure: unknown): Promise<void> {
    this.#failure = null;
    if (!this.#options.signal.aborted) this.#deps.links.fails(this.#link, failure);
    await this.#dropClient();
    if (failure instanceof StandsStill) await this.#dropAssignment();
  }

  #standsStill(partitions: readonly string[]): StandsStill {
    const { group } = this.#options;
    this.#deps.counters.rebuilt += 1;
    this.#deps.log.warn("bus.reader.rebuilt", { group, partitions });
    return new StandsStill(`nothing comes of ${partitions.join(", ")}, though there is something`);
  }

  async #dropClient(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#results = [];
    await client?.close();
  }

  async #dropAssignment(): Promise<void> {
    const assignment = this.#assignment;
    this.#assignment = null;
    if (assignment instanceof Membership) this.#deps.memberships.delete(assignment);
    await assignment?.close();
  }

  async #ends(names: readonly string[]): Promise<Offsets | null> {
    const partitions = this.#all.filter(({ name }) => names.includes(name));
    return await this.#deps.desk.at(partitions, END).catch(() => null);
  }
}
