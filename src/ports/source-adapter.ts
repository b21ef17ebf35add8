import type { WholeStatus } from "../kernel/status-board.ts";

/** What became of a payload, item by item; the wire answer of `POST /readings` has the same parts. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly code: string;
    readonly field: string | null;
    readonly detail: string;
  }[];
  readonly degraded: readonly {
    readonly index: number;
    readonly field: string;
    readonly code: string;
  }[];
}

/** A body as it was sent, with one reading or many. */
export interface SourceBody {
  readonly body: Uint8Array;
  readonly format: "json" | "ndjson";
  /** Where it came from, for quarantine and metrics, e.g. `http`. */
  readonly source: string;
  /** Devices the sender may speak for; null: all. */
  readonly deviceIds: readonly string[] | null;
}

/** One reading in wire form that an adapter has read by itself. */
export interface SourceItem {
  /** Undefined where there is a fault. */
  readonly value: unknown;
  /** Why it cannot be a reading; null: nothing is known against it. */
  readonly fault: { readonly code: string; readonly detail: string } | null;
  /** As it was sent; where a value of it is bad, JSON of the same form as `value`. */
  readonly bytes: Uint8Array;
  /** Where it came from, e.g. `mqtt:plant:iai/F001/L003/PUMP_01/readings`. */
  readonly source: string;
  /** The device gave no time: the reading has that of its arrival, and tells nothing about the device's clock. */
  readonly timeFrom?: "arrival";
}

/** Readings from several places at once. */
export interface SourceItems {
  /** At most 1,000. */
  readonly items: readonly SourceItem[];
  readonly deviceIds: readonly string[] | null;
}

export type SourcePayload = SourceBody | SourceItems;

/** Takes payloads; resolves only when what it reports as accepted is durable. */
export interface ReadingSink {
  accept(payload: SourcePayload): Promise<IngestAnswer>;
}

/** Most items of one `accept`. */
export const SOURCE_ITEMS_MAX = 1_000;

/** How an adapter stands, with its connections or slaves as parts. */
export type SourceState = WholeStatus;

/**
 * Brings readings in from one protocol.
 * - Acknowledges to its peer only after `sink.accept` resolved.
 * - What the sink refuses it keeps itself; the adapter goes on with what comes next. `accept` throws only when the
 *   adapter must stop.
 * - `run` ends when the signal aborts, also while it waits for its peer; a broken connection is retried for ever, and
 *   told in `state`.
 * - Never writes to the field.
 */
export interface SourceAdapter {
  readonly name: string;
  run(sink: ReadingSink, signal: AbortSignal): Promise<void>;
  state(): SourceState;
}
