import type { z } from "zod";
import { kindOf } from "./by-kind.ts";
import { variableOf } from "./load.ts";
import { configSchema } from "./schema.ts";
import { objectsOf, unwrap } from "./unwrap.ts";

export interface OptionEntry {
  /** `alert.cooldownMs` */
  readonly path: string;
  /** `IAI_ALERT_COOLDOWN_MS` */
  readonly variable: string;
  readonly defaultText: string;
  readonly about: string;
}

/** Every option in the order of the schema: source of `iai config docs` and `docs/config.md`. */
export function optionTable(): readonly OptionEntry[] {
  return entriesOf(configSchema, [], configSchema.parse({}));
}

function entriesOf(schema: z.ZodType, path: readonly string[], value: unknown): OptionEntry[] {
  const objects = objectsOf(schema);
  if (objects.length > 1) return entriesOfKinds(objects, path);
  const [object] = objects;
  if (object !== undefined) return entriesOfObject(object, path, value);
  const about = schema.description ?? unwrap(schema).description ?? "";
  const defaultText = JSON.stringify(value);
  return [{ path: path.join("."), variable: variableOf(path), defaultText, about }];
}

function entriesOfObject(
  object: z.ZodObject,
  path: readonly string[],
  value: unknown,
): OptionEntry[] {
  const values = value as Readonly<Record<string, unknown>> | null | undefined;
  return Object.entries(object.shape).flatMap(([key, child]) =>
    entriesOf(child as z.ZodType, [...path, key], values?.[key]),
  );
}

/** First what the kinds are, then the options of each. */
function entriesOfKinds(objects: readonly z.ZodObject[], path: readonly string[]): OptionEntry[] {
  const kinds = objects.map((object) => {
    const { description } = object.shape["kind"] as z.ZodType;
    return `${kindOf(object)}: ${description ?? ""}`;
  });
  const kindPath = [...path, "kind"];
  const first = {
    path: kindPath.join("."),
    variable: variableOf(kindPath),
    defaultText: JSON.stringify(objects[0] === undefined ? null : kindOf(objects[0])),
    about: kinds.join("; "),
  };
  const rest = objects.flatMap((object) => {
    const defaults = object.parse({ kind: kindOf(object) });
    return entriesOfObject(object, path, defaults)
      .filter((entry) => entry.path !== first.path)
      .map((entry) => ({ ...entry, about: `(${kindOf(object)}) ${entry.about}` }));
  });
  return [first, ...rest];
}
