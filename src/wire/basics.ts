import { z } from "zod";
import { type EpochMs, isMetricName } from "../model/basics.ts";
import type { BilingualText } from "../model/diagnosis.ts";

/** Shared pieces of every wire schema. Answers carry instants as ISO 8601 in UTC. */

/** Language of the texts in an answer. */
export type Language = "zh" | "en";

/** ISO 8601 in UTC with milliseconds. */
export function toIso(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** ISO 8601, or null where there is no instant. */
export function toIsoOrNull(at: EpochMs | null): string | null {
  return at === null ? null : toIso(at);
}

const isoWithZone =
  /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** An instant from ISO 8601 with an offset or from whole milliseconds; null: neither. */
export function parseInstant(input: string | number): EpochMs | null {
  if (typeof input === "number") return Number.isSafeInteger(input) ? input : null;
  if (/^-?\d{1,16}$/.test(input)) return Number(input);
  const found = isoWithZone.exec(input);
  if (found === null) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  // Date.parse rolls 30 February over to March: a day that does not exist is refused instead.
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth) return null;
  const at = Date.parse(input);
  return Number.isNaN(at) ? null : at;
}

/** Instant in an answer. */
export const instantOut = z.string().describe("ISO 8601 in UTC");
/** Instant in an answer that may be absent. */
export const instantOutOrNull = instantOut.nullable();

/** Instant in a request: ISO 8601 with an offset or whole milliseconds, as text or number. */
export const instantIn = z
  .union([z.string(), z.int()])
  .describe("ISO 8601 with an offset, or whole milliseconds since 1970")
  .transform((input, context): EpochMs => {
    const at = parseInstant(input);
    if (at !== null) return at;
    context.addIssue({ code: "custom", message: "must be ISO 8601 with an offset, or whole ms" });
    return z.NEVER;
  });

/** Device, metric, line and factory names. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,50}$/)
  .describe("1–50 of letters, digits, _ . : -");

/** Name of a metric: an identifier that cannot name a property of every object. */
export const metricName = identifier.refine(isMetricName, "no metric can have this name");

/** A free text of at most `max` characters. */
export function text(max: number): z.ZodString {
  return z.string().max(max);
}

export const severitySchema = z.enum(["P0", "P1", "P2", "P3"]);

export const faultCategorySchema = z.enum([
  "bearing",
  "seal",
  "motor",
  "imbalance",
  "misalignment",
  "cavitation",
  "blockage",
  "leak",
  "cooling",
  "electrical",
  "sensor_fault",
  "no_fault",
  "unknown",
]);

export const modeSchema = z.enum([
  "STOPPED",
  "STARTING",
  "RUNNING",
  "STOPPING",
  "STANDBY",
  "MAINTENANCE",
  "RETIRED",
]);

/** Text in both languages. */
export const bilingual = z.object({ zh: z.string(), en: z.string() });

/** Text in a request: in one language (used for both) or in two. */
export function bilingualIn(max: number) {
  return z
    .union([text(max), z.strictObject({ zh: text(max), en: text(max) })])
    .transform(
      (input): BilingualText => (typeof input === "string" ? { zh: input, en: input } : input),
    );
}

/** Numbers by metric name. */
export const numbersByMetric = z.record(z.string(), z.number());

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe("Hand it back as `cursor`; null: the end"),
    limit: z.int(),
  });
}

/** What every list route understands. */
export const pageQuery = {
  cursor: z.string().max(1000).optional().describe("`next_cursor` of the page before"),
  limit: z
    .string()
    .regex(/^\d{1,9}$/)
    .default("100")
    .transform(Number)
    .pipe(z.int().min(1).max(10_000))
    .describe("Items a page, 1–10,000"),
};

/** Begin (inclusive) and end (exclusive) of a time range. */
export const rangeQuery = {
  from: instantIn.optional().describe("Inclusive; ISO 8601 or ms"),
  to: instantIn.optional().describe("Exclusive; ISO 8601 or ms"),
};

/** A comma-separated list of the given words. */
export function listOf<const W extends readonly [string, ...string[]]>(words: W) {
  const word = z.enum(words);
  return z
    .string()
    .max(1000)
    .describe(`One or more of ${words.join(", ")}, separated by commas`)
    .transform((input, context): W[number][] => {
      const found: W[number][] = [];
      for (const part of input.split(",")) {
        const parsed = word.safeParse(part.trim());
        if (parsed.success) found.push(parsed.data as W[number]);
        else context.addIssue({ code: "custom", message: `must be one of ${words.join(", ")}` });
      }
      return found;
    });
}
