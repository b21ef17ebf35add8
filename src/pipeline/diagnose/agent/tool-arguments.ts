import { isIdentifier } from "../../../model/basics.ts";

/** One argument of a tool: the same words make its JSON Schema and check what a model sends. */
export type ArgumentSpec =
  | { readonly type: "device"; readonly about: string }
  | { readonly type: "text"; readonly about: string; readonly maxLength: number }
  | { readonly type: "number"; readonly about: string; readonly min: number; readonly max: number }
  | { readonly type: "choice"; readonly about: string; readonly of: readonly string[] };

/** All arguments may be left out. */
export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;
export type ToolArguments = Readonly<Record<string, string | number | undefined>>;

export function argumentSchema(specs: ArgumentSpecs): Readonly<Record<string, unknown>> {
  const properties = Object.entries(specs).map(([name, spec]) => [name, schemaOf(spec)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function schemaOf(spec: ArgumentSpec): Readonly<Record<string, unknown>> {
  const description = spec.about;
  switch (spec.type) {
    case "device":
      return { type: "string", maxLength: 50, description };
    case "text":
      return { type: "string", maxLength: spec.maxLength, description };
    case "number":
      return { type: "integer", minimum: spec.min, maximum: spec.max, description };
    case "choice":
      return { type: "string", enum: spec.of, description };
  }
}

/** The arguments, or in words what is wrong with them. */
export function readArguments(
  input: unknown,
  specs: ArgumentSpecs,
): { readonly ok: true; readonly args: ToolArguments } | { readonly ok: false; reason: string } {
  const given = input ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    return { ok: false, reason: "arguments must be one object" };
  }
  const args: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) return { ok: false, reason: "there is no such argument" };
    if (value === null || value === undefined || value === "") continue;
    const read = readOne(value, spec);
    if (read === null) return { ok: false, reason: `"${name}" is not what it must be` };
    args[name] = read;
  }
  return { ok: true, args };
}

function readOne(value: unknown, spec: ArgumentSpec): string | number | null {
  switch (spec.type) {
    case "device":
      return typeof value === "string" && isIdentifier(value) ? value : null;
    case "text":
      return typeof value === "string" && value.length <= spec.maxLength ? value : null;
    case "number":
      return typeof value === "number" &&
        Number.isInteger(value) &&
        value >= spec.min &&
        value <= spec.max
        ? value
        : null;
    case "choice":
      return typeof value === "string" && spec.of.includes(value) ? value : null;
  }
}
