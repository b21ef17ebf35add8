import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";

type Json = Record<string, unknown>;

/** Words about a value; they stay where they are when its types are taken apart. */
const about = new Set(["title", "description", "default", "examples", "deprecated", "$comment"]);
/** Keywords whose value maps names of anything to schemas. */
const maps = new Set(["properties", "$defs", "patternProperties", "dependentSchemas"]);

/**
 * A schema whose JSON form says one type at a time: a list of types (`["number", "null"]`) becomes `anyOf`, because
 * clients that translate tools into a narrower dialect drop the list, or the tool. What it accepts is the same.
 */
export function portable(schema: StandardSchemaWithJSON): StandardSchemaWithJSON {
  const standard = schema["~standard"];
  const { jsonSchema } = standard;
  return {
    "~standard": {
      ...standard,
      jsonSchema: {
        input: (options) => oneTypeEach(jsonSchema.input(options)) as Json,
        output: (options) => oneTypeEach(jsonSchema.output(options)) as Json,
      },
    },
  };
}

/** A JSON Schema without lists of types, at any depth. */
export function oneTypeEach(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(oneTypeEach);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]): [string, unknown] => {
    // What stands in an example, a constant or a choice is data, whatever it looks like.
    if (about.has(key) || key === "const" || key === "enum") return [key, value];
    return [key, maps.has(key) ? eachOf(value) : oneTypeEach(value)];
  });
  const schema = Object.fromEntries(entries);
  const types = schema["type"];
  return Array.isArray(types) ? split(entries, types) : schema;
}

function eachOf(schemas: unknown): unknown {
  const named = Object.entries(schemas as Json);
  return Object.fromEntries(named.map(([name, schema]) => [name, oneTypeEach(schema)]));
}

function split(entries: readonly [string, unknown][], types: readonly unknown[]): Json {
  const words = entries.filter(([key]) => about.has(key));
  const rest = entries.filter(([key]) => !about.has(key) && key !== "type");
  const anyOf = types.map((type) =>
    type === "null" ? { type } : { type, ...Object.fromEntries(rest) },
  );
  return { ...Object.fromEntries(words), anyOf };
}
