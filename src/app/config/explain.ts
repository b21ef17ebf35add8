import { z } from "zod";
import { kindOf } from "./by-kind.ts";
import { configSchema } from "./schema.ts";
import { withoutSecrets } from "./secrets.ts";
import { objectsOf, unwrap } from "./unwrap.ts";

export interface ConfigValues {
  readonly values: unknown;
  /** Variable that gave a key its value. */
  readonly origins: ReadonlyMap<string, string>;
  /** Where everything else comes from. */
  readonly origin: string;
}

type Issue = z.core.$ZodIssue;

/** What is wrong with a configuration, for the person who wrote it: the key, what is allowed, what was got, from where. */
export function explain(issue: Issue, { values, origins, origin }: ConfigValues): string {
  const path = issue.path.map(String);
  const key = path.join(".");
  const from = sourceOf(path, origins) ?? origin;
  if (issue.code === "unrecognized_keys") {
    const place = path.length === 0 ? "" : ` of "${key}"`;
    const allowed = keysAt(path, values).join(", ");
    return `"${issue.keys.join('", "')}"${place} is not an option (from ${from}). Allowed: ${allowed}`;
  }
  const got = valueAt(values, path);
  const shown = JSON.stringify(withoutSecrets(got, path.at(-1)));
  const found = got === undefined ? "got nothing" : `got ${shown}`;
  return `${key} ${requirement(issue, path, values)}, ${found} (from ${from})`;
}

/** The variable that set the value or something around it. */
function sourceOf(path: readonly string[], origins: ConfigValues["origins"]): string | null {
  for (let length = path.length; length > 0; length -= 1) {
    const variable = origins.get(path.slice(0, length).join("."));
    if (variable !== undefined) return variable;
  }
  return null;
}

function requirement(issue: Issue, path: readonly string[], values: unknown): string {
  if (issue.code === "invalid_value") return `must be ${listOf(issue.values)}`;
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
    return `must be ${listOf(kindsAt(path.slice(0, -1), values))}`;
  }
  if (issue.code === "custom") {
    return issue.message.startsWith("must ") ? issue.message : `is not valid: ${issue.message}`;
  }
  return describe(schemaAt(path, values)) ?? `is not valid: ${issue.message}`;
}

/** What a schema asks for, in words. */
function describe(schema: z.ZodType | null): string | null {
  const text = schema === null ? null : wordsOf(unwrap(schema));
  if (schema === null || text === null) return null;
  return `must be ${text}${admitsNull(schema) ? " or null" : ""}`;
}

function wordsOf(schema: z.ZodType): string | null {
  if (schema instanceof z.ZodNumber) return numberWords(schema);
  if (schema instanceof z.ZodString)
    return (schema.minLength ?? 0) > 0 ? "a text, not empty" : "a text";
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodArray) return "a list";
  if (schema instanceof z.ZodObject)
    return `a section with ${Object.keys(schema.shape).join(", ")}`;
  return null;
}

function numberWords(schema: z.ZodNumber): string {
  const whole = schema.isInt ? "a whole number" : "a number";
  const { minValue: low, maxValue: high } = schema;
  const exclusive = isBound(low) && isExclusive(schema, low);
  const above = isBound(low) ? (exclusive ? ` above ${low}` : ` of at least ${low}`) : "";
  if (isBound(low) && isBound(high) && !exclusive) return `${whole} from ${low} to ${high}`;
  const below = isBound(high) ? `${above === "" ? "" : " and"} of at most ${high}` : "";
  return `${whole}${above}${below}`;
}

/** Whether the bound itself is refused: `positive()` asks for more than 0. */
function isExclusive(schema: z.ZodNumber, low: number): boolean {
  return (schema.def.checks ?? []).some(({ _zod }) => {
    const check = _zod.def as { readonly value?: unknown; readonly inclusive?: boolean };
    return check.value === low && check.inclusive === false;
  });
}

/** Whole numbers are bounded by what a number can hold; nobody needs to be told. */
function isBound(value: number | null): value is number {
  return value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

function admitsNull(schema: z.ZodType): boolean {
  return schema.safeParse(null).success;
}

function keysAt(path: readonly string[], values: unknown): readonly string[] {
  const schema = schemaAt(path, values);
  const inner = schema === null ? null : unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function kindsAt(path: readonly string[], values: unknown): readonly unknown[] {
  const parent = schemaAt(path.slice(0, -1), values);
  const union = parent === null ? null : elementOf(unwrap(parent));
  if (!(union instanceof z.ZodDiscriminatedUnion)) return [];
  return objectsOf(union).map(kindOf);
}

function elementOf(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodArray ? unwrap(schema.element as z.ZodType) : schema;
}

/** The schema at a path, into lists and, by the value's `kind`, into the member of a union. */
export function schemaAt(path: readonly string[], values: unknown): z.ZodType | null {
  let schema: z.ZodType = configSchema;
  let value = values;
  for (const part of path) {
    const inner = member(unwrap(schema), value);
    const child = childOf(inner, part);
    if (child === null) return null;
    schema = child;
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  }
  const found = unwrap(schema);
  return found instanceof z.ZodDiscriminatedUnion ? member(found, value) : schema;
}

function childOf(schema: z.ZodType, part: string): z.ZodType | null {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodObject) return (schema.shape[part] as z.ZodType | undefined) ?? null;
  return null;
}

function member(schema: z.ZodType, value: unknown): z.ZodType {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const kind = (value as Readonly<Record<string, unknown>> | undefined)?.["kind"];
  const objects = objectsOf(schema);
  // Where none is named the first is meant, as in `byKind`.
  if (kind === undefined) return objects[0] ?? schema;
  return objects.find((option) => kindOf(option) === kind) ?? schema;
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, part) => (node as Readonly<Record<string, unknown>> | null | undefined)?.[part],
    values,
  );
}

function listOf(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  if (texts.length === 1) return texts[0] ?? "";
  return `one of ${texts.join(", ")}`;
}
