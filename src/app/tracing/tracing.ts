import type { Closable } from "../../kernel/lifecycle.ts";
import type { DataIngestor } from "../../pipeline/ingest/data-ingestor.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { Notifier } from "../../ports/notifier.ts";
import type { StreamEngine } from "../../ports/stream-engine.ts";
import type { Audience } from "../runtime/audience.ts";

/**
 * What is done with readings and alarms, told as spans. It stands around the stations and never inside them: each
 * function gives back what it was given, with eyes on it.
 * - A span is made for a batch or for an alarm, never for a reading.
 * - An alarm's trace has the alarm's own trace id, in every process: they need not tell each other.
 * - A receiver of traces that is away or slow costs spans, never work.
 */
export interface Tracing extends Closable {
  ingestor(ingestor: DataIngestor): DataIngestor;
  /** The log that batches of readings are appended to. */
  log<Log extends Pick<EventBus, "publish">>(log: Log): Pick<Log, "publish">;
  engine(engine: StreamEngine): StreamEngine;
  notifiers(notifiers: readonly Notifier[]): readonly Notifier[];
  /** Hears of alarms, reports and orders. */
  watch(audience: Pick<Audience, "onEvent">): void;
}

/** Switched off: everything is given back as it came. */
export const noTracing: Tracing = {
  ingestor: (ingestor) => ingestor,
  log: (log) => log,
  engine: (engine) => engine,
  notifiers: (notifiers) => notifiers,
  watch: () => undefined,
  close: async () => undefined,
};
