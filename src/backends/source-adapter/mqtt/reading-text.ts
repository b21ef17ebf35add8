import type { SourceItem } from "../../../ports/source-adapter.ts";
import type { TopicValues } from "./topic-template.ts";

/** A value with the text it was written as. */
export interface WrittenValue {
  readonly metric: string;
  readonly unit: string | null;
  readonly value: unknown;
  /** JSON of it as it was sent, e.g. `1e400`. */
  readonly text: () => string;
}

export interface ReadingParts {
  readonly topic: TopicValues;
  readonly timestamp: unknown;
  readonly values: readonly WrittenValue[];
  /** The message. */
  readonly sent: Uint8Array;
  readonly source: string;
  /** The time is that of our clock. */
  readonly isOurTime: boolean;
}

/**
 * A reading put together from parts of a foreign message. Where a value of it is bad, the text of the reading has it
 * as it was sent: ingest keeps the raw text of bad values.
 */
export function readingOf(parts: ReadingParts): SourceItem {
  const { topic, timestamp, values, sent, source, isOurTime } = parts;
  const { metric: _, ...ids } = topic;
  const units = Object.fromEntries(
    values.flatMap(({ metric, unit }) => (unit === null ? [] : [[metric, unit] as const])),
  );
  const head = {
    ...ids,
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(Object.keys(units).length === 0 ? {} : { units }),
  };
  const metrics = Object.fromEntries(values.map(({ metric, value }) => [metric, value]));
  const value = { ...head, metrics };
  const isGood = values.every((one) => typeof one.value === "number" && Number.isFinite(one.value));
  const bytes = isGood ? sent : Buffer.from(textOf(head, values));
  return { value, fault: null, bytes, source, ...(isOurTime ? { timeFrom: "arrival" } : {}) };
}

function textOf(head: object, values: readonly WrittenValue[]): string {
  const metrics = values.map(({ metric, text }) => `${JSON.stringify(metric)}:${text()}`);
  const rest = JSON.stringify(head).slice(1, -1);
  return `{${rest}${rest === "" ? "" : ","}"metrics":{${metrics.join(",")}}}`;
}
