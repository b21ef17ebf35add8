import type { Clock } from "../../kernel/clock.ts";
import type { EpochMs, TraceId } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { Notifier } from "../../ports/notifier.ts";
import type { StreamEngine, StreamOutput } from "../../ports/stream-engine.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";
import type { LoggedBatches } from "./logged-batches.ts";
import type { SpanWriter } from "./span-writer.ts";

export interface AlarmSpanDeps {
  readonly spans: SpanWriter;
  readonly clock: Clock;
  readonly logged: LoggedBatches;
  /** True: alarms are applied here. Others only hear of them, and tell what they themselves did. */
  readonly isTold: boolean;
}

/** Alarms whose way is kept in mind while they are under way, at most. */
const TRACES_MAX = 10_000;

/**
 * The way of an alarm from its reading to the notification, in the trace of its own id: `alarm` from the reading to
 * the record, in it `ingest`, `log append`, `detect`, `alert …`, `diagnosis`, `order`, `notification`.
 */
export class AlarmSpans {
  readonly #deps: AlarmSpanDeps;
  /** When the steps said something of an alarm that is not applied yet. */
  readonly #detectedAt = new Map<TraceId, EpochMs>();
  /** Alarms whose batch was told. */
  readonly #told = new Set<TraceId>();

  constructor(deps: AlarmSpanDeps) {
    this.#deps = deps;
  }

  engine(engine: StreamEngine): StreamEngine {
    const note = (output: StreamOutput): void => this.#note(output);
    return {
      capabilities: engine.capabilities,
      async *outputs(signal) {
        for await (const output of engine.outputs(signal)) {
          note(output);
          yield output;
        }
      },
      confirm: (position) => engine.confirm(position),
      view: (deviceId) => engine.view(deviceId),
      lag: () => engine.lag(),
      close: () => engine.close(),
    };
  }

  notifier(notifier: Notifier): Notifier {
    const { clock, spans } = this.#deps;
    return {
      name: notifier.name,
      deliver: async (notification, signal) => {
        const from = clock.now();
        const tell = (failure: unknown): void =>
          spans.part(notification.alarm.traceId, {
            name: "notification",
            from,
            to: clock.now(),
            attributes: {
              ...aboutAlarm(notification.alarm.traceId, notification.alarm.deviceId),
              "iai.target": notifier.name,
              "iai.kind": notification.kind,
            },
            ...(failure === null ? {} : { failure: String(failure) }),
          });
        try {
          const receipt = await notifier.deliver(notification, signal);
          tell(null);
          return receipt;
        } catch (failure) {
          tell(failure);
          throw failure;
        }
      },
      close: () => notifier.close(),
    };
  }

  hear(event: LiveEvent): void {
    if (event.type === "alert") {
      this.#tellBatch(event.alert);
      if (this.#deps.isTold && event.change !== "diagnosed") this.#tellChange(event);
    } else if (this.#deps.isTold && event.type === "report") this.#tellReport(event);
    else if (this.#deps.isTold && event.type === "order") this.#tellOrder(event);
  }

  #note({ transitions }: StreamOutput): void {
    const now = this.#deps.clock.now();
    for (const { alarm } of transitions) bounded(this.#detectedAt).set(alarm.traceId, now);
  }

  /** By the process that took the reading, whichever it is. */
  #tellBatch({ traceId, deviceId, rawPayload }: AlertRow): void {
    if (rawPayload === null || this.#told.has(traceId)) return;
    const { spans, logged } = this.#deps;
    const batch = logged.find(deviceId, rawPayload.timestamp);
    if (batch === null) return;
    bounded(this.#told).add(traceId);
    const about = aboutAlarm(traceId, deviceId);
    const { source, receivedAt, appendFrom, appendTo, records } = batch;
    const ingest = { ...about, "iai.source": source, "iai.records": records.length };
    spans.part(traceId, { name: "ingest", from: receivedAt, to: appendTo, attributes: ingest });
    spans.part(traceId, { name: "log append", from: appendFrom, to: appendTo, attributes: about });
  }

  #tellChange({ alert, change }: LiveEvent & { readonly type: "alert" }): void {
    const { spans, clock } = this.#deps;
    const { traceId, deviceId, alertType, alertLevel, rawPayload, openedAt } = alert;
    const attributes = {
      ...aboutAlarm(traceId, deviceId),
      "iai.condition": alertType,
      "iai.severity": alertLevel,
    };
    const now = clock.now();
    const detectedAt = this.#detectedAt.get(traceId) ?? now;
    this.#detectedAt.delete(traceId);
    if (change === "raised") {
      const from = Math.min(rawPayload?.timestamp ?? openedAt, detectedAt);
      spans.alarm(traceId, { name: "alarm", from, to: now, attributes });
      spans.part(traceId, { name: "detect", from, to: detectedAt, attributes });
    }
    spans.part(traceId, { name: `alert ${change}`, from: detectedAt, to: now, attributes });
  }

  #tellReport({ report }: LiveEvent & { readonly type: "report" }): void {
    const { traceId, deviceId, createdAt, latencyMs, source, faultCategory, revision } = report;
    this.#deps.spans.part(traceId, {
      name: "diagnosis",
      from: createdAt - latencyMs,
      to: createdAt,
      attributes: {
        ...aboutAlarm(traceId, deviceId),
        "iai.report.source": source,
        "iai.fault_category": faultCategory,
        "iai.revision": revision,
      },
    });
  }

  /** Only as it is made: what people do with it later is theirs. */
  #tellOrder({ order }: LiveEvent & { readonly type: "order" }): void {
    const { traceId, deviceId, orderNo, priority, createdAt, updatedAt } = order;
    if (traceId === null || createdAt !== updatedAt) return;
    this.#deps.spans.part(traceId, {
      name: "order",
      from: createdAt,
      to: createdAt,
      attributes: {
        ...aboutAlarm(traceId, deviceId),
        "iai.order_no": orderNo,
        "iai.severity": priority,
      },
    });
  }
}

function aboutAlarm(traceId: TraceId, deviceId: string) {
  return { "iai.trace_id": traceId, "iai.device_id": deviceId };
}

/** Makes room by the entry that is there longest. */
function bounded<Kept extends Map<TraceId, unknown> | Set<TraceId>>(kept: Kept): Kept {
  if (kept.size >= TRACES_MAX) kept.delete(kept.keys().next().value ?? "");
  return kept;
}
