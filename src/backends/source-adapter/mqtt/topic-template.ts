import { isIdentifier } from "../../../model/basics.ts";

/** What a level of a topic may tell about a reading. */
export const topicFields = ["factory_id", "line_id", "device_id", "metric"] as const;
export type TopicField = (typeof topicFields)[number];
export type TopicValues = Readonly<Partial<Record<TopicField, string>>>;

/** A topic whose levels are literal, `+` (anything) or `{device_id}` and its like. */
export interface TopicTemplate {
  /** The same as a subscription. */
  readonly filter: string;
  readonly fields: ReadonlySet<TopicField>;
  /** null: the topic does not fit. */
  match(topic: string): TopicValues | null;
}

const fieldLevel = /^\{(\w+)\}$/;

/** What is wrong with a template, in words; null: nothing. */
export function templateFault(text: string): string | null {
  const levels = text.split("/");
  const named = levels.flatMap((level) => fieldLevel.exec(level)?.[1] ?? []);
  if (text === "" || text.startsWith("$")) return "must be a topic of the plant, not empty";
  const unknown = named.find((name) => !topicFields.some((field) => field === name));
  if (unknown !== undefined)
    return `must name its levels ${topicFields.join(", ")}, not {${unknown}}`;
  if (new Set(named).size !== named.length) return "must name each level once";
  const literal = levels.filter((level) => level !== "+" && !fieldLevel.test(level));
  if (literal.some((level) => /[+#{}]/.test(level) || level.includes("\u0000")))
    return "must have + and {…} as whole levels, and no #";
  return null;
}

export function compileTemplate(text: string): TopicTemplate {
  const levels = text.split("/").map((level) => {
    const field = fieldLevel.exec(level)?.[1] as TopicField | undefined;
    return { field: field ?? null, literal: field === undefined && level !== "+" ? level : null };
  });
  return {
    filter: levels.map(({ literal }) => literal ?? "+").join("/"),
    fields: new Set(levels.flatMap(({ field }) => field ?? [])),
    match: (topic) => {
      const parts = topic.split("/");
      if (parts.length !== levels.length) return null;
      const values: Partial<Record<TopicField, string>> = {};
      for (const [index, { field, literal }] of levels.entries()) {
        const part = parts[index] ?? "";
        if (literal !== null && literal !== part) return null;
        if (field !== null) values[field] = part;
      }
      return values;
    },
  };
}

/** The topic of one device; null: a value is missing or is no identifier, so that no topic can carry it. */
export function fillTemplate(text: string, values: TopicValues): string | null {
  const levels = text.split("/").map((level) => {
    const field = fieldLevel.exec(level)?.[1] as TopicField | undefined;
    return field === undefined ? level : (values[field] ?? "");
  });
  const filled = text.split("/").every((level, index) => {
    return !fieldLevel.test(level) || isIdentifier(levels[index] ?? "");
  });
  return filled ? levels.join("/") : null;
}
