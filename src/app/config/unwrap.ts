import { z } from "zod";

/** The schema inside defaults, nullables and preparations. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  ) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.def.out as z.ZodType) : schema;
}

/** The objects that a section may be: one, or one a kind. Empty for anything else. */
export function objectsOf(schema: z.ZodType): readonly z.ZodObject[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return [inner];
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return [];
  return inner.options.filter((option) => option instanceof z.ZodObject);
}
