import { z } from "zod";
import type { EpochMs } from "../../model/basics.ts";
import { pageQuery } from "../../wire/basics.ts";

const lang = z.enum(["zh", "en"]).optional().describe("Language of the texts");

/** Query of a list; unknown parameters are refused, because a misspelt filter would show everything. */
export function listQuery<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject({ ...pageQuery, lang, ...shape });
}

/** Query of a route that gives one thing. */
export function oneQuery<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject({ lang, ...shape });
}

/** `true` or `false` in a query. */
export const flag = z.enum(["true", "false"]).transform((word) => word === "true");

/** Comparison for a time range; undefined where neither end is given. */
export function between(
  from: EpochMs | undefined,
  to: EpochMs | undefined,
): { readonly gte?: EpochMs; readonly lt?: EpochMs } | undefined {
  if (from === undefined && to === undefined) return undefined;
  return { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) };
}

/** A list route's answer. */
export function pageAnswer<T>(items: readonly T[], nextCursor: string | null, limit: number) {
  return { items, next_cursor: nextCursor, limit };
}
