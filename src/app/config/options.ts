import { z } from "zod";
import { variableOf } from "./load.ts";
import { configSchema } from "./schema.ts";
import { unwrap } from "./unwrap.ts";

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
  const defaults = configSchema.parse({}) as unknown;
  const table: OptionEntry[] = [];
  const walk = (schema: z.ZodType, path: readonly string[], value: unknown): void => {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodObject) {
      for (const [key, child] of Object.entries(inner.shape)) {
        walk(child as z.ZodType, [...path, key], (value as Record<string, unknown> | null)?.[key]);
      }
      return;
    }
    const about = schema.description ?? inner.description ?? "";
    table.push({
      path: path.join("."),
      variable: variableOf(path),
      defaultText: JSON.stringify(value),
      about,
    });
  };
  walk(configSchema, [], defaults);
  return table;
}
