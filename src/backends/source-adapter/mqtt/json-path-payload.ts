import type { EpochMs } from "../../../model/basics.ts";
import { SOURCE_ITEMS_MAX, type SourceItem } from "../../../ports/source-adapter.ts";
import type { JsonItem } from "../../../wire/json-scan.ts";
import { RESULTS_MAX, type Select } from "./json-path.ts";
import { readingOf, type WrittenValue } from "./reading-text.ts";
import type { PayloadConfig } from "./topic-config.ts";
import type { TopicValues } from "./topic-template.ts";

export type JsonPathForm = Extract<PayloadConfig, { kind: "jsonpath" }>;

export interface JsonPathContext {
  readonly form: JsonPathForm;
  readonly values: TopicValues;
  readonly source: string;
  /** The time of a message that carries none. */
  readonly stamp: () => EpochMs;
  readonly select: Select;
}

/** Readings picked out of a message of any shape. */
export function decodeByPath(item: JsonItem, context: JsonPathContext): readonly SourceItem[] {
  const { form, source, select } = context;
  if (item.fault !== null) return [{ ...item, source }];
  const found = select(form.items, item.value);
  const refuse = (code: string, detail: string): SourceItem[] => [
    { ...item, value: undefined, fault: { code, detail }, source },
  ];
  if (found.length === 0) return refuse("FIELD_MISSING", `nothing lies at ${form.items}`);
  if (found.length > Math.min(RESULTS_MAX, SOURCE_ITEMS_MAX))
    return refuse("TOO_LARGE", `more than ${RESULTS_MAX} values lie at ${form.items}`);
  const readings = new Map<string, Picked>();
  for (const [index, each] of found.entries()) {
    const picked = pick(each, item, context);
    // Pairs of a name and a value make one reading, of each device and time.
    const key = form.name === null ? String(index) : JSON.stringify([picked.device, picked.time]);
    const known = readings.get(key);
    if (known === undefined) readings.set(key, picked);
    else known.values.push(...picked.values);
  }
  return [...readings.values()].map((picked) => toItem(picked, item, context));
}

interface Picked {
  /** undefined: that of the topic. */
  readonly device: unknown;
  /** undefined: that of arrival, where the form asks for none. */
  readonly time: unknown;
  readonly values: WrittenValue[];
}

/** In the entry itself, else in the whole message: a header may speak for all its entries. */
function lookUp(path: string, entry: unknown, { item, select }: Looking): unknown {
  const [own] = typeof entry === "object" && entry !== null ? select(path, entry) : [];
  return own === undefined ? select(path, item.value)[0] : own;
}

interface Looking {
  readonly item: JsonItem;
  readonly select: Select;
}

function pick(entry: unknown, item: JsonItem, { form, select }: JsonPathContext): Picked {
  const { device, timestamp, name, value } = form;
  const looking = { item, select };
  const sent = timestamp.path === null ? undefined : lookUp(timestamp.path, entry, looking);
  const isSeconds = timestamp.unit === "s" && typeof sent === "number";
  const picked: Picked = {
    device: device === null ? undefined : lookUp(device, entry, looking),
    time: isSeconds ? Math.round(sent * 1_000) : sent,
    values: [],
  };
  const within = typeof entry === "object" && entry !== null ? entry : {};
  if (name !== null) {
    const called = select(name, within)[0];
    const found = select(value, within)[0];
    if (typeof called === "string" && found !== undefined) takePair(picked, form, [called, found]);
    return picked;
  }
  for (const [metric, { path, unit }] of Object.entries(form.metrics)) {
    const [found] = path === "$" ? [entry] : select(path, within);
    if (found !== undefined) picked.values.push(written(metric, unit, found));
  }
  return picked;
}

function takePair(picked: Picked, form: JsonPathForm, [called, found]: [string, unknown]): void {
  const listed = Object.entries(form.metrics).find(([, { path }]) => path === called);
  if (listed === undefined && form.others === "ignore") return;
  const [metric, unit] = listed === undefined ? [called, null] : [listed[0], listed[1].unit];
  picked.values.push(written(metric, unit, found));
}

function written(metric: string, unit: string | null, value: unknown): WrittenValue {
  return { metric, unit, value, text: () => JSON.stringify(value) ?? "null" };
}

function toItem(picked: Picked, item: JsonItem, context: JsonPathContext): SourceItem {
  const { form, values, source, stamp } = context;
  const isOurTime = form.timestamp.path === null;
  const topic =
    typeof picked.device === "string" || typeof picked.device === "number"
      ? { ...values, device_id: String(picked.device) }
      : values;
  return readingOf({
    topic,
    timestamp: isOurTime ? stamp() : picked.time,
    values: picked.values,
    sent: item.bytes,
    source,
    isOurTime,
  });
}
