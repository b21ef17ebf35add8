import type { EpochMs } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import { SOURCE_ITEMS_MAX } from "../../../ports/source-adapter.ts";
import { type JsonItem, readJsonItems } from "../../../wire/json-scan.ts";
import { decodeFlat } from "./flat-payload.ts";
import type { Select } from "./json-path.ts";
import { decodeByPath } from "./json-path-payload.ts";
import type { Sparkplug } from "./sparkplug.ts";
import type { TopicRouter } from "./topic-router.ts";
import type { TopicValues } from "./topic-template.ts";
import { decodeValue } from "./value-payload.ts";

/** A message as it arrived. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly arrivedAt: EpochMs;
}

/** Longest message that is read. */
export const MESSAGE_BYTES_MAX = 65_536;
const MAX_DEPTH = 8;
/** Characters of a topic in quarantine. */
const TOPIC_MAX = 180;

/** What messages of a source are read with. */
export interface DecodeContext {
  readonly name: string;
  readonly router: TopicRouter;
  /** null: no topic of the source is one of Sparkplug. */
  readonly sparkplug: Sparkplug | null;
  /** null: no topic of the source needs it. */
  readonly select: Select | null;
}

/** The readings of a message. What cannot be read is one item with its fault, so that it is kept and answered for. */
export function decodeMessage(
  message: MqttMessage,
  { name, router, sparkplug, select }: DecodeContext,
): readonly SourceItem[] {
  const { topic, payload } = message;
  const source = `mqtt:${name}:${topic.slice(0, TOPIC_MAX)}`;
  const refuse = (code: string, detail: string): SourceItem[] => [
    { value: undefined, fault: { code, detail }, bytes: payload, source },
  ];
  const route = router.route(topic);
  if (route === null) return refuse("TOPIC_UNKNOWN", "it fits no template of the source");
  if (payload.byteLength > MESSAGE_BYTES_MAX)
    return refuse("TOO_LARGE", `it has more than ${MESSAGE_BYTES_MAX} bytes`);
  const { values, payload: form } = route;
  if (form.kind === "sparkplug")
    return sparkplug?.decode(message, form, route.template) ?? refuse("TOPIC_UNKNOWN", "no nodes");
  if (form.kind === "value")
    return [decodeValue(payload, { form, values, source, at: route.stamp(message.arrivedAt) })];
  const limits = { maxItems: SOURCE_ITEMS_MAX, maxDepth: MAX_DEPTH };
  const read = readJsonItems(payload, "json", limits);
  if (!read.ok) return refuse(read.fault.code, read.fault.detail);
  if (form.kind === "iai") return read.items.map((item) => fill(item, values, source));
  if (form.kind === "jsonpath") {
    if (select === null) throw new Error("a source with paths has no way to follow them");
    const stamp = (): EpochMs => route.stamp(message.arrivedAt);
    return read.items.flatMap((item) =>
      decodeByPath(item, { form, values, source, stamp, select }),
    );
  }
  return read.items.map((item) => {
    const at = form.timestamp.field === null ? route.stamp(message.arrivedAt) : null;
    return decodeFlat(item, { form, values, source, at });
  });
}

/** A reading in our own form: the topic fills in what it does not say. */
function fill(item: JsonItem, values: TopicValues, source: string): SourceItem {
  const { value } = item;
  if (item.fault !== null || typeof value !== "object" || value === null || Array.isArray(value))
    return { ...item, source };
  const sent = value as Readonly<Record<string, unknown>>;
  const { metric: _, ...told } = values;
  const inPayload = Object.hasOwn(sent, "device_id") ? sent["device_id"] : undefined;
  if (told.device_id !== undefined && inPayload !== undefined && inPayload !== told.device_id) {
    const detail = `the topic is that of "${told.device_id}"`;
    return { ...item, value, fault: { code: "TOPIC_MISMATCH", detail }, source };
  }
  return { value: { ...told, ...sent }, fault: null, bytes: item.bytes, source };
}
