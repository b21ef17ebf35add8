import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { IaiError } from "../../kernel/errors.ts";
import type { ConfigDocument } from "../../ports/config-source.ts";
import { type Config, configSchema } from "./schema.ts";

type Tree = Record<string, unknown>;

/** Variables that belong to the launcher or to tests, not to the configuration. */
const foreign = new Set(["IAI_CRASH_POINT", "IAI_LOG_FILE"]);

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
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("IAI_") || foreign.has(name) || text === undefined) continue;
    const path = pathOf(name);
    if (path === null)
      throw new IaiError(
        "CONFIG_INVALID",
        `Cannot start: "${name}" is not an option. See \`./iai config docs\``,
      );
    assign(values, path, readScalar(text));
    origins.set(path.join("."), name);
  }
  const parsed = configSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new IaiError("CONFIG_INVALID", explain(parsed.error, values, origins, document.origin));
}

/** Every option as `section.key`, with its environment variable. */
export function optionPaths(): readonly {
  readonly path: readonly string[];
  readonly variable: string;
}[] {
  const found: { path: string[]; variable: string }[] = [];
  const walk = (schema: z.ZodType, path: string[]): void => {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodObject) {
      for (const [key, child] of Object.entries(inner.shape))
        walk(child as z.ZodType, [...path, key]);
    } else {
      found.push({ path, variable: variableOf(path) });
    }
  };
  walk(configSchema, []);
  return found;
}

/** `alert.cooldownMs` ↔ `IAI_ALERT_COOLDOWN_MS`. */
export function variableOf(path: readonly string[]): string {
  return `IAI_${path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()).join("_")}`;
}

/** The schema inside defaults and nullables. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  ) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema;
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

/** Text of a variable as YAML would read it: numbers, booleans, lists; anything odd stays text. */
function readScalar(text: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch {
    return text;
  }
}

function explain(
  error: z.ZodError,
  values: Tree,
  origins: ReadonlyMap<string, string>,
  origin: string,
): string {
  const issue = error.issues[0];
  if (issue === undefined) return "Cannot start: the configuration is not valid";
  const path = issue.path.map(String);
  const key = path.join(".");
  if (issue.code === "unrecognized_keys") {
    const place = path.length === 0 ? "" : ` in "${key}"`;
    return `Cannot start: "${issue.keys.join('", "')}"${place} is not an option (from ${origin}). Allowed: ${allowedAt(path).join(", ")}`;
  }
  const got = JSON.stringify(
    path.reduce<unknown>((node, part) => (node as Tree | undefined)?.[part], values),
  );
  const from = origins.get(key) ?? origin;
  return `Cannot start: ${key} is not valid: ${issue.message}, got ${got} (from ${from})`;
}

function allowedAt(path: readonly string[]): readonly string[] {
  let schema = unwrap(configSchema);
  for (const part of path) {
    if (!(schema instanceof z.ZodObject)) return [];
    const child = schema.shape[part] as z.ZodType | undefined;
    if (child === undefined) return [];
    schema = unwrap(child);
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
