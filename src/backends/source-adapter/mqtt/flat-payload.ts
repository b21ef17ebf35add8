import type { EpochMs } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import { type JsonItem, sourceTexts } from "../../../wire/json-scan.ts";
import { readingOf, type WrittenValue } from "./reading-text.ts";
import type { PayloadConfig } from "./topic-config.ts";
import type { TopicValues } from "./topic-template.ts";

type FlatForm = Extract<PayloadConfig, { kind: "flat" }>;

/** A reading from one object with a value per field. */
export function decodeFlat(
  item: JsonItem,
  about: {
    readonly form: FlatForm;
    readonly values: TopicValues;
    readonly source: string;
    /** The time of arrival, where the form names no field with the device's own. */
    readonly at: EpochMs | null;
  },
): SourceItem {
  const { form, values, source, at } = about;
  const { value } = item;
  if (item.fault !== null || typeof value !== "object" || value === null || Array.isArray(value))
    return { ...item, source };
  return readingOf({
    topic: values,
    timestamp: at ?? timeOf(value, form.timestamp),
    values: [...listedValues(item, form), ...otherValues(item, form)],
    sent: item.bytes,
    source,
    isOurTime: at !== null,
  });
}

/** In whole ms or as text; what is neither is handed on for ingest to refuse. */
function timeOf(value: object, { field, unit }: FlatForm["timestamp"]): unknown {
  const sent = field === null ? undefined : valueAt(value, field);
  const isSeconds = unit === "s" && typeof sent === "number";
  return isSeconds ? Math.round(sent * 1_000) : sent;
}

function listedValues({ value, bytes }: JsonItem, { metrics }: FlatForm): WrittenValue[] {
  return Object.entries(metrics).flatMap(([path, { metric, unit }]) => {
    const sent = valueAt(value, path);
    if (sent === undefined) return [];
    return { metric: metric ?? path, unit, value: sent, text: () => textAt(bytes, path) };
  });
}

function otherValues({ value, bytes }: JsonItem, form: FlatForm): WrittenValue[] {
  if (form.others === "ignore") return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, sent]) => {
    if (typeof sent !== "number" || name === form.timestamp.field || name in form.metrics)
      return [];
    return { metric: name, unit: null, value: sent, text: () => textAt(bytes, name) };
  });
}

/** The field of that very name, else inwards along the dots. */
function valueAt(value: unknown, path: string): unknown {
  const direct = ownField(value, path);
  if (direct !== undefined || !path.includes(".")) return direct;
  return path.split(".").reduce<unknown>((inner, name) => ownField(inner, name), value);
}

function ownField(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** JSON of a field as it was written. */
function textAt(bytes: Uint8Array, path: string): string {
  const texts = valueAt(sourceTexts(Buffer.from(bytes).toString("utf8")), path);
  return typeof texts === "string" ? texts : JSON.stringify(texts);
}
