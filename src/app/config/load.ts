import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { IaiError } from "../../kernel/errors.ts";
import type { ConfigDocument } from "../../ports/config-source.ts";
import { explain, schemaAt } from "./explain.ts";
import { refuseSlip } from "./foreign-variables.ts";
import { type Config, configSchema } from "./schema.ts";
import { objectsOf, unwrap } from "./unwrap.ts";

type Tree = Record<string, unknown>;

/**
 * One strict configuration from a document and `IAI_…` variables, which win. An unknown key or a bad value stops
 * the start with the key, what is allowed, and where it came from.
 */
export function resolveConfig(
  document: ConfigDocument,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const values = structuredClone(document.values) as Tree;
  const origins = new Map<string, string>();
  const given: { readonly path: readonly string[]; readonly text: string }[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("IAI_") || text === undefined) continue;
    const path = pathOf(name);
    if (path === null) {
      refuseSlip(name, optionPaths());
      continue;
    }
    given.push({ path, text });
    origins.set(path.join("."), name);
  }
  // A backend's kind first: it decides what its other options are.
  given.sort((a, b) => Number(b.path.at(-1) === "kind") - Number(a.path.at(-1) === "kind"));
  for (const { path, text } of given) assign(values, path, readScalar(text, path, values));
  const parsed = configSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const source = { values, origins, origin: document.origin };
  const reason = issue === undefined ? "the configuration is not valid" : explain(issue, source);
  throw new IaiError("CONFIG_INVALID", `Cannot start: ${reason}`);
}

/** Every option as `section.key`, with its environment variable. */
export function optionPaths(): readonly {
  readonly path: readonly string[];
  readonly variable: string;
}[] {
  const found: { path: string[]; variable: string }[] = [];
  const walk = (schema: z.ZodType, path: string[]): void => {
    const objects = objectsOf(schema);
    if (objects.length === 0) {
      const variable = variableOf(path);
      // Backends of one port may share the name of an option.
      if (!found.some((known) => known.variable === variable)) found.push({ path, variable });
    }
    for (const object of objects) {
      for (const [key, child] of Object.entries(object.shape))
        walk(child as z.ZodType, [...path, key]);
    }
  };
  walk(configSchema, []);
  return found;
}

/** `alert.cooldownMs` ↔ `IAI_ALERT_COOLDOWN_MS`. */
export function variableOf(path: readonly string[]): string {
  return `IAI_${path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()).join("_")}`;
}

function pathOf(variable: string): readonly string[] | null {
  return optionPaths().find((option) => option.variable === variable)?.path ?? null;
}

function assign(tree: Tree, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const child = tree[head];
  const branch = typeof child === "object" && child !== null ? (child as Tree) : {};
  tree[head] = branch;
  assign(branch, rest, value);
}

/** Text of a variable as YAML would read it: numbers, booleans, lists. A text stays one, also where it looks like a number. */
function readScalar(text: string, path: readonly string[], values: unknown): unknown {
  try {
    const value = parseYaml(text) as unknown;
    const schema = schemaAt(path, values);
    const isText = schema !== null && unwrap(schema) instanceof z.ZodString;
    return isText && value !== null ? text : value;
  } catch {
    return text;
  }
}
