import type { StreamEvent } from "../../model/control.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeliveredRecord } from "../../ports/event-bus.ts";

/** One item of a body: what it says, or why it cannot be read. */
export interface BodyItem {
  readonly value: unknown;
  readonly fault: { readonly code: string; readonly detail: string } | null;
  /** As it was sent. */
  readonly bytes: Uint8Array;
}

export type BodyItems =
  | { readonly ok: true; readonly items: readonly BodyItem[] }
  | { readonly ok: false; readonly fault: { readonly code: string; readonly detail: string } };

/** What ingest needs of the wire; stations do not know its forms, the composition hands these in. */
export interface IngestWire {
  /** Reads a body strictly: `wire/json-scan.ts`. */
  readItems(
    body: Uint8Array,
    format: "json" | "ndjson",
    limits: { readonly maxItems: number; readonly maxDepth: number },
  ): BodyItems;
  /** The same value with every primitive replaced by the text that it was written as. */
  sourceTexts(json: string): unknown;
  encodeReading(reading: Reading): Uint8Array;
  decodeEvent(record: DeliveredRecord): StreamEvent;
}
