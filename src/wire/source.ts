import { z } from "zod";
import { instantOut, instantOutOrNull } from "./basics.ts";

const state = z.enum(["connecting", "running", "stopped", "failed"]);

/** A configured source of readings: how it stands, and what came through it since the start. */
export const sourceOut = z
  .object({
    name: z.string(),
    kind: z.string(),
    state: state.describe("failed: a person must change something; it is tried all the same"),
    since: instantOut.describe("When its state changed last"),
    last_error: z.string().nullable().describe("Why it, or a part of it, does not run"),
    waiting_for: z.string().nullable().describe("Why IAI takes nothing from it; null: it does"),
    last_value_at: instantOutOrNull.describe("When a value of it was taken last"),
    last_value_age_ms: z.number().nullable(),
    rate_per_s: z.number().nullable().describe("Readings; null until a second look can tell"),
    recoveries: z.int().describe("Times that a part ran again after it had not"),
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    degraded: z.int().describe("Values kept as bad"),
    refusals: z.record(z.string(), z.int()).describe("Rejected readings and bad values by code"),
    parts: z
      .array(
        z.object({
          name: z.string(),
          state,
          since: instantOut,
          last_error: z.string().nullable(),
          last_value_at: instantOutOrNull,
        }),
      )
      .describe("Its connections or slaves"),
  })
  .meta({ id: "Source" });

export type SourceOut = z.infer<typeof sourceOut>;
