import { compileTemplate, type TopicValues, templateFault } from "./topic-template.ts";

/** Messages that nodes send; commands are not listened to. */
const types = ["NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"] as const;
export type SparkplugType = (typeof types)[number];

/** Who sent a message. */
export interface SparkplugPlace {
  readonly type: SparkplugType;
  readonly group: string;
  readonly node: string;
  /** "" : the node itself. */
  readonly device: string;
  /** What the levels of the topic tell about its readings. */
  readonly values: TopicValues;
}

/** What is wrong with the template of Sparkplug topics, in words; null: nothing. */
export function sparkplugTemplateFault(text: string): string | null {
  const levels = text.split("/");
  const isOne =
    levels.length === 5 &&
    levels[0] === "spBv1.0" &&
    levels[2] === "+" &&
    levels[4] === "{device_id}";
  return isOne
    ? templateFault(text)
    : "must be spBv1.0/<group>/+/<node>/{device_id}, e.g. spBv1.0/{factory_id}/+/{line_id}/{device_id}";
}

/** Subscriptions to everything that nodes send, and to nothing that is sent to them. */
export function sparkplugFilters(template: string): readonly string[] {
  const [space, group, , node, device] = compileTemplate(template).filter.split("/");
  return types.map((type) =>
    [space, group, type, node, ...(type.startsWith("D") ? [device] : [])].join("/"),
  );
}

/** null: it is no topic that the template means. */
export function placeOf(topic: string, template: string): SparkplugPlace | null {
  const [, group = "", word, node = "", device = ""] = topic.split("/");
  const type = types.find((each) => each === word);
  if (type === undefined) return null;
  // A message of the node itself: its readings are those of a device of the node's name.
  const whole = type.startsWith("N") ? `${topic}/${node}` : topic;
  const values = compileTemplate(template).match(whole);
  return values === null ? null : { type, group, node, device, values };
}
