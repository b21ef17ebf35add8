import type { Attributes, HrTime, Link, SpanContext } from "@opentelemetry/api";
import { hashText } from "../../kernel/hash.ts";
import type { EpochMs, TraceId } from "../../model/basics.ts";

/** Something that took from one instant to another. */
export interface ToldSpan {
  readonly name: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly attributes: Attributes;
  readonly links?: readonly Link[];
  /** What went wrong; absent: nothing. */
  readonly failure?: string;
}

/** Writes spans down once they are over: nothing is held open, and nothing can be left open. */
export interface SpanWriter {
  /** A span of a batch's own trace, or a part of it. Answers how others refer to it. */
  batch(span: ToldSpan, parent: SpanContext | null): SpanContext;
  /** The first span of an alarm's trace: all others are parts of it, also those of other processes. */
  alarm(traceId: TraceId, span: ToldSpan): void;
  /** A part of an alarm's trace. */
  part(traceId: TraceId, span: ToldSpan): void;
  close(): Promise<void>;
}

/** How the whole of an alarm is referred to by those who have only its trace id. */
export function alarmContext(traceId: TraceId): SpanContext {
  // Ids of traces are 16 bytes in hexadecimal there; ours are, and what is not is made so.
  const id = /^[0-9a-f]{32}$/.test(traceId) ? traceId : hashText(traceId);
  const spanId = hashText(`${traceId} alarm`).slice(0, 16);
  return { traceId: id, spanId, traceFlags: 1 };
}

/** Seconds and nanoseconds: a plain number would be taken for a time since the start of the process. */
export function instantOf(at: EpochMs): HrTime {
  const seconds = Math.floor(at / 1_000);
  return [seconds, Math.round((at - seconds * 1_000) * 1_000_000)];
}
