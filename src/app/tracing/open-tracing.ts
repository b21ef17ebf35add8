import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { BusRecord } from "../../ports/event-bus.ts";
import { decodeStreamEvent } from "../../wire/stream-codec.ts";
import type { Config } from "../config/schema.ts";
import type { Parts } from "../runtime/parts.ts";
import { AlarmSpans } from "./alarm-spans.ts";
import { BatchSpans, type BatchUnderWay } from "./batch-spans.ts";
import { LoggedBatches } from "./logged-batches.ts";
import { openOtlpSpanWriter } from "./otlp-span-writer.ts";
import { noTracing, type Tracing } from "./tracing.ts";

export interface TracingDeps {
  readonly config: Pick<Config, "tracing">;
  readonly clock: Clock;
  readonly parts: Parts;
}

/** Loads nothing and costs nothing while `tracing.url` is null. */
export async function openTracing({ config, clock, parts }: TracingDeps): Promise<Tracing> {
  const { url, ...options } = config.tracing;
  if (url === null) return noTracing;
  const spans = await openOtlpSpanWriter({ url, ...options }, roleOf(parts));
  const under = new AsyncLocalStorage<BatchUnderWay>();
  const logged = new LoggedBatches(measuredAtOf);
  const batches = new BatchSpans({ spans, clock, under, logged, ...options });
  const alarms = new AlarmSpans({ spans, clock, logged, isTold: parts.agents });
  return {
    ingestor: (ingestor) => batches.ingestor(ingestor),
    log: (log) => batches.log(log),
    engine: (engine) => alarms.engine(engine),
    notifiers: (notifiers) => notifiers.map((notifier) => alarms.notifier(notifier)),
    watch: (audience) => audience.onEvent((event) => alarms.hear(event)),
    close: () => spans.close(),
  };
}

function roleOf(parts: Parts): string {
  const names = Object.entries(parts).flatMap(([name, isOurs]) => (isOurs ? [name] : []));
  return names.length === Object.keys(parts).length ? "all" : names.join();
}

function measuredAtOf(record: BusRecord): EpochMs | null {
  if (record.topic !== "raw_sensor_data") return null;
  const event = decodeStreamEvent(record);
  return event.kind === "reading" ? event.reading.measuredAt : null;
}
