import type { IaiError } from "../kernel/errors.ts";
import type { ConfigVersion, EpochMs, Ms } from "../model/basics.ts";
import type { ControlEvent } from "../model/control.ts";
import type { RecordTransaction } from "./record-store.ts";

/**
 * `control` carries rules, limits, modes, re-baselines and ticks; `alerts` the numbered alarm transitions;
 * `anomalies` and `aggregates` what a stream engine in other processes found, `dead_letters` what it could not use.
 */
export type Topic =
  | "raw_sensor_data"
  | "control"
  | "alerts"
  | "anomalies"
  | "aggregates"
  | "dead_letters";

/** Next offset to read, per partition. `{}`: from the oldest record kept. */
export type BusPosition = Readonly<Record<string, number>>;

export interface BusRecord {
  readonly topic: Topic;
  /** Order is kept per key; readings use the device id. */
  readonly key: string;
  readonly value: Uint8Array;
}

export interface DeliveredRecord extends BusRecord {
  readonly partition: string;
  readonly offset: number;
  readonly appendedAt: EpochMs;
}

/** Records in the order of their partitions; `next` is the position after the last of them. */
export interface BusBatch {
  readonly records: readonly DeliveredRecord[];
  readonly next: BusPosition;
}

export interface PublishResult {
  /** Indices of records that are durable now. */
  readonly accepted: number;
  readonly rejected: readonly { readonly index: number; readonly error: IaiError }[];
  /** Offsets of the accepted records' first and last, where the backend knows them. */
  readonly firstOffset: number | null;
}

export interface SubscribeOptions {
  readonly topics: readonly Topic[];
  /** Names the consumer for lag and retention: what no group has confirmed yet is not deleted. */
  readonly group: string;
  /**
   * Where to begin: the position that the consumer stored with its effects; a partition that it does not name: the
   * oldest record kept. null: where the group stands if the backend keeps that for it, else the oldest record kept.
   */
  readonly from: BusPosition | null;
  /**
   * True: subscriptions of the same group, in whatever processes, divide the partitions among them. Each goes on
   * where the group `confirm`ed, whatever `from` says, and takes over when another one ends. A backend of a single
   * process has one such subscription at a time and begins at `from`.
   */
  readonly shared?: boolean;
  readonly signal: AbortSignal;
}

/** How the log stands: what `/readyz`, back-pressure and lag metrics are made of. */
export interface BusHealth {
  readonly end: BusPosition;
  readonly oldestAt: EpochMs | null;
  readonly bytes: number;
  /** Why new records are refused now; null: they are accepted. */
  readonly refusing: {
    readonly code: "LOG_FULL" | "STORAGE_LOW" | "STORAGE_IO_ERROR" | "BUS_BEHIND";
    readonly detail: string;
  } | null;
  readonly lastAppendMs: Ms | null;
  /** How what was accepted here gets on to the other processes; absent: there are none. */
  readonly carrying?: {
    /** Why it does not, since when; null: it does. */
    readonly away: { readonly since: EpochMs; readonly reason: string } | null;
    /** Records that are accepted here and nowhere else yet. */
    readonly waiting: number;
    /** When the first of them was accepted, as far as known. */
    readonly waitingSince: EpochMs | null;
  };
}

/**
 * An ordered, durable log.
 * - Order: kept per `key`; the embedded backend keeps it over all keys (`capabilities.totalOrder`).
 * - Durability: `publish` resolves only after what it reports as accepted survives power loss.
 * - All or nothing: one `publish` is stored whole or not at all, unless single records are `rejected`.
 * - Full: `publish` throws LOG_FULL, STORAGE_LOW or STORAGE_IO_ERROR and nothing was stored. Readings are also
 *   refused, with BUS_BEHIND, while others that a group has not read yet are about to be deleted.
 * - Delivery: at least once, from the position asked for. The consumer stores its position with its effect.
 * - Aborting `signal` ends the iteration; it never undoes what was accepted.
 */
export interface EventBus {
  readonly capabilities: { readonly totalOrder: boolean; readonly replay: boolean };
  publish(records: readonly BusRecord[]): Promise<PublishResult>;
  subscribe(options: SubscribeOptions): AsyncIterable<BusBatch>;
  /**
   * Tells that everything before `position` is safe in the group's own store: it may be deleted by retention. What
   * cannot be told now is told with the next one; it never fails because others are away.
   */
  confirm(group: string, position: BusPosition): Promise<void>;
  health(): Promise<BusHealth>;
  close(): Promise<void>;
}

/** A control event before it has its number. */
export type ControlDraft = ControlEvent extends infer E
  ? E extends ControlEvent
    ? Omit<E, "version" | "at">
    : never
  : never;

/**
 * The way of everything that changes a decision: first into the records, in the same transaction as the change,
 * then from there into the log (`control`), in order of version.
 * - After a crash between the two, `flush` at the next start sends what is missing; steps ignore a repeat.
 */
export interface ControlJournal {
  /** Takes the next config version and stages the event; durable when `tx` commits. */
  stage(tx: RecordTransaction, draft: ControlDraft): Promise<ConfigVersion>;
  /** Publishes everything staged; resolves when it is durable in the log. */
  flush(): Promise<void>;
  /** The version that readings are stamped with now. */
  current(): ConfigVersion;
  /** Takes over versions that other processes have given. */
  refresh(): Promise<void>;
}
