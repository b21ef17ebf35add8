import type { MessageToProduce, Producer } from "@platformatic/kafka";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { BusBatch, DeliveredRecord, EventBus } from "../../../ports/event-bus.ts";
import { closeClient, type KafkaClients } from "./clients.ts";
import { busTopics, encodeOrigin, ORIGIN_HEADER } from "./codec.ts";
import type { KafkaEventBusConfig } from "./config.ts";
import { DRAIN_GROUP, type DrainPosition } from "./drain-position.ts";
import { isRefusedForGood, reasonOf } from "./errors.ts";
import { gather } from "./gather.ts";
import type { LinkStates } from "./link-states.ts";
import { partitionOf } from "./partitioner.ts";
import type { Topics } from "./topics.ts";

/** A record that Kafka will never take: it is passed over, so that those behind it can go. */
export type RefusedByKafka = (record: DeliveredRecord, error: IaiError) => Promise<void>;

export interface DrainDeps {
  readonly config: KafkaEventBusConfig;
  readonly clients: KafkaClients;
  readonly outbox: EventBus;
  readonly position: DrainPosition;
  readonly topics: Topics;
  readonly links: LinkStates;
  readonly clock: Clock;
  readonly log: Log;
  readonly onRefused: RefusedByKafka;
}

export interface DrainProgress {
  /** Records that Kafka has confirmed. */
  readonly carried: number;
  readonly refused: number;
  /** When the record that waits in front was accepted; null: none is known to wait. */
  readonly waitingSince: EpochMs | null;
}

/** A request is not made larger than this, bytes before compression. */
const SEND_BYTES = 1_048_576;

/** What became of a request. `refused`: nothing of at least one partition was taken, and never will be. */
type Outcome = "carried" | "stopped" | { readonly refused: string };

/**
 * Carries the outbox to Kafka: in order, one request after the other, each until Kafka has confirmed it. After a
 * failure or a kill a request is sent again, so that nothing is lost and something may be there twice.
 */
export class Drain {
  readonly #deps: DrainDeps;
  #producer: Producer | null = null;
  #carried = 0;
  #refused = 0;
  #waitingSince: EpochMs | null = null;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
  }

  progress(): DrainProgress {
    return { carried: this.#carried, refused: this.#refused, waitingSince: this.#waitingSince };
  }

  /** Carries until the signal aborts or the outbox is closed. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, outbox, position } = this.#deps;
    await position.save();
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const saving = this.#keepSaving(both);
    const options = { topics: busTopics, group: DRAIN_GROUP, from: position.next, signal: both };
    const limits = { records: config.sendRecords, bytes: SEND_BYTES };
    try {
      for await (const batch of gather(outbox.subscribe(options), limits)) {
        if (!(await this.#carry(batch, signal))) break;
        position.moveTo(batch.next, batch.records.at(-1));
        await outbox.confirm(DRAIN_GROUP, batch.next);
      }
    } finally {
      ended.abort();
      await this.#dropProducer();
      await saving;
      await position.save();
    }
  }

  /** False: it was stopped before everything was confirmed. */
  async #carry({ records }: BusBatch, signal: AbortSignal): Promise<boolean> {
    if (records.length === 0) return true;
    this.#waitingSince = records[0]?.appendedAt ?? null;
    const messages = records.map((record) => this.#messageOf(record));
    let outcome = await this.#send(messages, signal);
    if (typeof outcome === "object") outcome = await this.#sendParts(messages, signal);
    if (outcome === "stopped") return false;
    this.#waitingSince = null;
    return true;
  }

  /** One of them is refused: partition by partition, so that it holds up its own only. */
  async #sendParts(messages: readonly Sendable[], signal: AbortSignal): Promise<Outcome> {
    const parts = Map.groupBy(messages, ({ topic, partition }) => `${topic}-${partition}`);
    for (const part of parts.values())
      if ((await this.#sendHalves(part, signal)) === "stopped") return "stopped";
    return "carried";
  }

  /** Finds the refused ones by halves. */
  async #sendHalves(messages: readonly Sendable[], signal: AbortSignal): Promise<Outcome> {
    const outcome = await this.#send(messages, signal);
    const [first] = messages;
    if (typeof outcome !== "object" || first === undefined) return outcome;
    if (messages.length === 1) return await this.#passOver(first.record, outcome.refused, signal);
    const middle = Math.floor(messages.length / 2);
    for (const half of [messages.slice(0, middle), messages.slice(middle)])
      if ((await this.#sendHalves(half, signal)) === "stopped") return "stopped";
    return "carried";
  }

  /** Only when somebody has taken it over: until then the line waits. */
  async #passOver(record: DeliveredRecord, reason: string, signal: AbortSignal): Promise<Outcome> {
    const { config, clock, log, onRefused } = this.#deps;
    const { topic, key, offset, value } = record;
    const bytes = value.byteLength;
    const message = `Cannot carry ${bytes} bytes of ${topic} for "${key}" to Kafka: ${reason}; the record was passed over`;
    const error = new IaiError("BUS_REFUSED", message);
    const policy = { baseMs: 100, maxMs: config.retryMaxMs, attempts: null };
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await onRefused(record, error);
        this.#refused += 1;
        log.error("bus.record.refused", { topic, key, offset, bytes, reason });
        return "carried";
      } catch (failure) {
        log.warn("bus.record.not_taken_over", { topic, key, offset, error: String(failure) });
        await clock.sleep(backoffMs(policy, attempt, 0.5), signal);
      }
    }
    return "stopped";
  }

  /** Until Kafka says yes, or no for good. */
  async #send(messages: readonly Sendable[], signal: AbortSignal): Promise<Outcome> {
    const { config, clock, links } = this.#deps;
    const policy = { baseMs: 100, maxMs: config.retryMaxMs, attempts: null };
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.#request(messages, signal);
        links.works("drain");
        this.#carried += messages.length;
        return "carried";
      } catch (failure) {
        if (signal.aborted) break;
        if (isRefusedForGood(failure)) return { refused: reasonOf(failure) };
        links.fails("drain", failure);
        await clock.sleep(backoffMs(policy, attempt, 0.5), signal);
      }
    }
    return "stopped";
  }

  /** A producer that does not even fail is of no more use. */
  async #request(messages: readonly Sendable[], signal: AbortSignal): Promise<void> {
    const { config, clients, clock } = this.#deps;
    const ms = (config.connectTimeoutMs + config.requestTimeoutMs) * 4;
    this.#producer ??= clients.producer();
    const producer = this.#producer;
    let answered = false;
    try {
      await withDeadline({ clock, ms, signal }, () =>
        producer.send({ messages: [...messages] }).finally(() => {
          answered = true;
        }),
      );
    } catch (failure) {
      if (!answered) await this.#dropProducer();
      throw failure;
    }
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    if (producer !== null) await closeClient(producer, this.#deps.clock);
  }

  #messageOf(record: DeliveredRecord): Sendable {
    const { config, position, topics } = this.#deps;
    const { topic, key, value, offset, appendedAt } = record;
    const keyBytes = Buffer.from(key, "utf8");
    const origin = encodeOrigin({ outbox: position.outbox, offset, appendedAt });
    return {
      topic: config.topicPrefix + topic,
      partition: partitionOf(keyBytes, topics.get(topic)?.partitions ?? 1),
      key: keyBytes,
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      headers: new Map([[originHeader, origin]]),
      record,
    };
  }

  async #keepSaving(signal: AbortSignal): Promise<void> {
    const { config, clock, position, log } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(config.savePositionMs, signal);
      // Then more is carried again after a kill: nothing is lost.
      await position.save().catch((failure: unknown) => {
        log.warn("bus.position.unsaved", { error: String(failure) });
      });
    }
  }
}

const originHeader = Buffer.from(ORIGIN_HEADER);

/** A message of the client, and what it was made of. */
interface Sendable extends MessageToProduce {
  readonly record: DeliveredRecord;
}
