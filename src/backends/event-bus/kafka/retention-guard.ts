import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { Topic } from "../../../ports/event-bus.ts";
import { busTopics } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { edgesOf, type GroupLag, groupLag, type LogEdges } from "./lag.ts";
import { type OffsetDesk, type Offsets, type Partition, partitionsOf } from "./offsets.ts";
import type { Topics } from "./topics.ts";

/** A group whose unread records must not be deleted, and what it reads. */
export interface GuardedGroup {
  readonly group: string;
  readonly topics: readonly Topic[];
}

export interface RetentionGuardDeps {
  readonly config: KafkaEventBusConfig;
  readonly desk: OffsetDesk;
  readonly topics: Topics;
  readonly groups: readonly GuardedGroup[];
  readonly clock: Clock;
  readonly log: Log;
}

/** How much of the retention the oldest unread record has used up. */
type Level = "fine" | "warn" | "refuse";

interface Finding {
  readonly level: Level;
  readonly partition: string;
  readonly records: number;
}

/** What one look at Kafka found, beside where the groups stand. */
interface Look extends LogEdges {
  /** First offsets that have not used up the share yet. */
  readonly younger: { readonly warn: Offsets; readonly refuse: Offsets };
  readonly bytes: Offsets;
}

/** Sees to it that Kafka's retention is never silent loss: it knows when unread records come near to their end. */
export class RetentionGuard {
  readonly #deps: RetentionGuardDeps;
  readonly #all: readonly Partition[];
  readonly #levels = new Map<string, Level>();
  readonly #details = new Map<string, string>();
  #ends: Offsets = new Map();
  #maySeeBytes = true;

  constructor(deps: RetentionGuardDeps) {
    this.#deps = deps;
    this.#all = partitionsOf(deps.topics, busTopics);
  }

  /** Where the partitions ended at the last look. */
  get ends(): Offsets {
    return this.#ends;
  }

  /** Why no reading may be added now; null: all groups are far enough. */
  get refusal(): string | null {
    const [detail] = this.#details.values();
    return detail ?? null;
  }

  /** Throws when Kafka does not answer; what was found before stays in force. */
  async look(): Promise<void> {
    const { desk, groups } = this.#deps;
    const edges = await edgesOf(desk, this.#all);
    this.#ends = edges.ends;
    if (groups.length === 0) return;
    const { warnShare, refuseShare } = this.#deps.config;
    const [warn, refuse] = [await this.#younger(warnShare), await this.#younger(refuseShare)];
    const look: Look = { ...edges, younger: { warn, refuse }, bytes: await this.#bytes() };
    for (const { group, topics } of groups) {
      const committed = await desk.committed(group);
      const partitions = this.#all.filter(({ topic }) => topics.includes(topic));
      const lag = groupLag(group, { partitions, committed, ...edges });
      this.#judge(lag, this.#worst(lag, look));
    }
  }

  #worst(lag: GroupLag, look: Look): Finding | null {
    const findings = lag.partitions
      .filter(({ records }) => records > 0)
      .map(({ partition, records }) => {
        const next = (look.ends.get(partition) ?? 0) - records;
        const level = severer(
          this.#byAge(partition, next, look),
          this.#bySize(partition, next, look),
        );
        return { level, partition, records };
      });
    const worst = (level: Level) => findings.find((finding) => finding.level === level);
    return worst("refuse") ?? worst("warn") ?? null;
  }

  #byAge(partition: string, next: number, { younger, ends }: Look): Level {
    const end = ends.get(partition) ?? 0;
    // None is younger: then all are older.
    if (next < (younger.refuse.get(partition) ?? end)) return "refuse";
    return next < (younger.warn.get(partition) ?? end) ? "warn" : "fine";
  }

  /** Kafka deletes by size too; records of a partition are taken to be equally large. */
  #bySize(partition: string, next: number, { starts, ends, bytes }: Look): Level {
    const { topics, config } = this.#deps;
    const topic = this.#all.find(({ name }) => name === partition)?.topic;
    const limit = topic === undefined ? null : (topics.get(topic)?.retentionBytes ?? null);
    const size = bytes.get(partition);
    const start = starts.get(partition) ?? 0;
    const end = ends.get(partition) ?? 0;
    if (limit === null || size === undefined || end <= start) return "fine";
    const share = ((size / limit) * (end - next)) / (end - start);
    if (share >= config.refuseShare) return "refuse";
    return share >= config.warnShare ? "warn" : "fine";
  }

  #judge({ group, records }: GroupLag, finding: Finding | null): void {
    const { log, config } = this.#deps;
    const level = finding?.level ?? "fine";
    const before = this.#levels.get(group) ?? "fine";
    this.#levels.set(group, level);
    if (level === "refuse" && finding !== null) {
      const used = `${Math.floor(config.refuseShare * 100)} %`;
      const what = `the group "${group}" has not read ${finding.records} records of ${finding.partition}`;
      const detail = `${what}, and ${used} of the time or size that Kafka keeps them for are used up`;
      this.#details.set(group, detail);
    } else this.#details.delete(group);
    if (level === before) return;
    const fields = { group, records, partition: finding?.partition ?? null };
    if (level === "refuse") log.error("bus.group.near_loss", fields);
    else if (level === "warn") log.warn("bus.group.behind", fields);
    else log.info("bus.group.caught_up", fields);
  }

  async #younger(share: number): Promise<Offsets> {
    const { desk, topics, clock } = this.#deps;
    const found = new Map<string, number>();
    for (const [topic, { retentionMs }] of topics) {
      const partitions = this.#all.filter((partition) => partition.topic === topic);
      const instant = retentionMs === null ? 0 : Math.floor(clock.now() - share * retentionMs);
      for (const [name, offset] of await desk.at(partitions, BigInt(Math.max(0, instant))))
        found.set(name, offset);
    }
    return found;
  }

  /** Without the right to ask, age alone counts. */
  async #bytes(): Promise<Offsets> {
    if (!this.#maySeeBytes) return new Map();
    try {
      return await this.#deps.desk.bytes(this.#all);
    } catch (failure) {
      this.#maySeeBytes = false;
      this.#deps.log.warn("bus.bytes.unknown", { error: String(failure) });
      return new Map();
    }
  }
}

function severer(a: Level, b: Level): Level {
  if (a === "refuse" || b === "refuse") return "refuse";
  return a === "warn" || b === "warn" ? "warn" : "fine";
}
