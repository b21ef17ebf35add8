import { z } from "zod";

type Kinds = readonly [z.ZodObject, ...z.ZodObject[]];

/**
 * A section whose options depend on its `kind`: one schema a backend, the first is taken where none is named.
 * An empty section is complete.
 */
export function byKind<const O extends Kinds>(...options: O) {
  const [standard] = options;
  const withKind = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || "kind" in value) return value;
    return { kind: kindOf(standard), ...value };
  };
  return z.preprocess(withKind, z.discriminatedUnion("kind", options)).prefault({});
}

/** The name that a backend is chosen by. */
export function kindOf(option: z.ZodObject): string {
  const literal = option.shape["kind"];
  if (!(literal instanceof z.ZodLiteral)) throw new Error("a backend's kind is a literal");
  return String(literal.value);
}
