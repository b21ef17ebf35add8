import type { EpochMs } from "../model/basics.ts";

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

export interface SourcePayload {
  readonly body: Uint8Array;
  readonly format: "json" | "ndjson";
  /** Where it came from, for quarantine and metrics, e.g. `http`, `mqtt:broker1`. */
  readonly source: string;
  /** Devices the sender may speak for; null: all. */
  readonly deviceIds: readonly string[] | null;
}

/** Takes payloads; resolves only when what it reports as accepted is durable. */
export interface ReadingSink {
  accept(payload: SourcePayload): Promise<IngestAnswer>;
}

export interface SourceState {
  readonly state: "connecting" | "running" | "stopped" | "failed";
  readonly since: EpochMs;
  readonly lastError: string | null;
  readonly lastValueAt: EpochMs | null;
}

/**
 * Brings readings in from one protocol.
 * - Acknowledges to its peer only after `sink.accept` resolved.
 * - `run` ends when the signal aborts; a broken connection is retried for ever, and told in `state`.
 * - Never writes to the field.
 */
export interface SourceAdapter {
  readonly name: string;
  run(sink: ReadingSink, signal: AbortSignal): Promise<void>;
  state(): SourceState;
}
