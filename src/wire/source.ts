import { z } from "zod";
import { identifier, instantOut, instantOutOrNull } from "./basics.ts";

const state = z.enum(["connecting", "running", "stopped", "failed", "unknown"]);

const part = z.object({
  name: z.string(),
  state,
  since: instantOut,
  last_error: z.string().nullable(),
  last_value_at: instantOutOrNull,
});

const skew = z.object({
  device_id: z.string(),
  skew_ms: z
    .number()
    .describe("Above 0: its clock is ahead of ours; below 0: behind, or its readings come late"),
});

const sourceFields = {
  name: z.string(),
  kind: z.string(),
  origin: z
    .enum(["configuration", "stored"])
    .describe("configuration: from the configuration file, and changed only there"),
  enabled: z.boolean().describe("false: it was stopped by a person"),
  state: state.describe(
    "failed: a person must change something, and it is tried all the same; unknown: no process told of it",
  ),
  since: instantOutOrNull.describe("When its state changed last"),
  last_error: z.string().nullable().describe("Why it, or a part of it, does not run"),
  waiting_for: z.string().nullable().describe("Why IAI takes nothing from it; null: it does"),
  last_value_at: instantOutOrNull.describe("When a value of it was taken last"),
  last_value_age_ms: z.number().nullable(),
  rate_per_s: z.number().nullable().describe("Readings; null until a second look can tell"),
  recoveries: z.int().describe("Times that a part ran again after it had not"),
  accepted: z.int().describe("Since the source was started last"),
  duplicates: z.int(),
  rejected: z.int(),
  degraded: z.int().describe("Values kept as bad"),
  refusals: z.record(z.string(), z.int()).describe("Rejected readings and bad values by code"),
  clock_skew_ms: z
    .number()
    .nullable()
    .describe("Of the device whose clock is farthest from ours; null: none gives a time"),
  parts: z.array(part).describe("Its connections, slaves or sessions"),
};

/** A source of readings: how it stands, and what came through it. */
export const sourceOut = z.object(sourceFields).meta({ id: "Source" });
export type SourceOut = z.infer<typeof sourceOut>;

const options = z.record(z.string(), z.unknown());

/** One source with everything that can be told of it. */
export const sourceDetailOut = z
  .object({
    ...sourceFields,
    options: options
      .nullable()
      .describe("As they would stand in the configuration file; null: your role may not see them"),
    secrets: z.array(z.string()).describe("Names of the secrets that are kept; never their values"),
    revision: z.int().nullable().describe("null: from the configuration file"),
    updated_at: instantOutOrNull,
    updated_by: z.string().nullable(),
    clock_skews: z.array(skew).describe("The 100 devices whose clocks are farthest from ours"),
    tag_errors: z
      .array(
        z.object({
          device_id: z.string().nullable(),
          field: z.string().nullable().describe("A metric; null: the whole reading"),
          code: z.string(),
          count: z.int(),
          last_at: instantOut,
        }),
      )
      .describe("What single tags were refused for, the newest first, at most 500"),
  })
  .meta({ id: "SourceDetail" });
export type SourceDetailOut = z.infer<typeof sourceDetailOut>;

const optionsIn = options.describe(
  "The options of the kind, written as in the configuration file (docs/protocols.md)",
);
const secretsIn = z
  .record(z.string().min(1).max(50), z.string().min(1).max(1_000))
  .describe("E.g. `password`: kept sealed, never shown again");

export const sourceIn = z
  .strictObject({
    name: identifier,
    kind: z.string().min(1).max(50),
    enabled: z.boolean().default(true).describe("false: store it, do not start it"),
    options: optionsIn.default({}),
    secrets: secretsIn.default({}),
  })
  .meta({ id: "SourceIn" });
export type SourceIn = z.infer<typeof sourceIn>;

export const sourcePatchIn = z
  .strictObject({
    options: optionsIn.optional().describe("All of them: they replace the old ones"),
    secrets: secretsIn.optional().describe("Those that change"),
    revision: z.int().optional().describe("Refused when the source has another one by now"),
  })
  .meta({ id: "SourcePatchIn" });

export const sourcePreviewIn = z
  .strictObject({
    name: identifier.default("preview"),
    kind: z.string().min(1).max(50),
    options: optionsIn.default({}),
    secrets: secretsIn.default({}),
    secrets_of: identifier
      .optional()
      .describe("Use the kept secrets of this source; its address must be the same"),
    duration_ms: z.int().min(500).max(15_000).default(5_000).describe("How long to listen, ms"),
  })
  .meta({ id: "SourcePreviewIn" });
export type SourcePreviewIn = z.infer<typeof sourcePreviewIn>;

export const sourcePreviewOut = z
  .object({
    state,
    last_error: z.string().nullable(),
    parts: z.array(part),
    lasted_ms: z.number(),
    readings: z.int().describe("Readings that came in this time"),
    tags: z
      .array(
        z.object({
          device_id: z.string(),
          metric: z.string(),
          value: z.number().nullable().describe("In `unit`; null: it is no number"),
          unit: z.string(),
          source_value: z.number().nullable().describe("As it was sent, where it was converted"),
          source_unit: z.string().nullable(),
          quality: z.enum(["good", "uncertain", "bad"]),
          code: z.string().nullable().describe("Why the value cannot be used"),
          raw: z.string().nullable().describe("What was sent in place of a number"),
          timestamp: instantOut,
          time_from: z.enum(["device", "arrival"]),
          count: z.int(),
          registered: z.boolean().describe("false: the device would register itself"),
        }),
      )
      .describe("Newest value of each tag, at most 500"),
    refused: z
      .array(z.object({ source: z.string(), code: z.string(), detail: z.string(), count: z.int() }))
      .describe("What would go into quarantine, at most 100"),
    clock_skew_ms: z.number().nullable(),
    note: z.string().nullable().describe("What this preview cannot show"),
  })
  .meta({ id: "SourcePreview" });
export type SourcePreviewOut = z.infer<typeof sourcePreviewOut>;

export const sourceExportOut = z
  .object({ yaml: z.string().describe("`sources:` as in the configuration file, without secrets") })
  .meta({ id: "SourceExport" });

export const sourceImportIn = z
  .strictObject({
    yaml: z.string().min(1).max(1_048_576).describe("`sources:` as in the configuration file"),
    dry_run: z.boolean().default(true).describe("Check everything, write nothing"),
  })
  .meta({ id: "SourceImportIn" });

export const sourceImportOut = z
  .object({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    refused: z.int(),
    sources: z.array(
      z.object({
        name: z.string().nullable(),
        action: z.enum(["create", "update", "refuse"]),
        code: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "SourceImport" });
export type SourceImportOut = z.infer<typeof sourceImportOut>;

export const registerMapOut = z
  .object({
    map: z.record(z.string(), z.unknown()).nullable().describe("null: a row has an error"),
    rows: z.int(),
    errors: z.array(z.object({ row: z.int(), column: z.string().nullable(), detail: z.string() })),
  })
  .meta({ id: "RegisterMap" });
