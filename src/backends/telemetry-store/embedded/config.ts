import { z } from "zod";

/** Options of the embedded telemetry store. */
export const embeddedTelemetryConfig = z.strictObject({
  maxHotValues: z
    .int()
    .min(10_000)
    .default(8_000_000)
    .describe(
      "Numbers of 8 bytes that open chunks may hold in memory; beyond it the oldest are sealed early",
    ),
  maxReplayRecords: z
    .int()
    .min(1_000)
    .default(500_000)
    .describe(
      "Log records that are read again after a crash at most; a chunk that began earlier is sealed",
    ),
  maxChunkRows: z
    .int()
    .min(10)
    .default(8_192)
    .describe("Readings of one chunk; a faster device gets several chunks within ten minutes"),
  sealGraceMs: z
    .int()
    .min(0)
    .default(20_000)
    .describe(
      "How long a chunk waits for late readings after its ten minutes, in milliseconds of the device's clock",
    ),
  openFilesMax: z.int().min(2).default(24).describe("Day and month files kept open at a time"),
  maintainBudgetMs: z
    .int()
    .min(1)
    .default(200)
    .describe("How long one round of maintenance may hold up readers and writers, in milliseconds"),
});

export type EmbeddedTelemetryConfig = z.infer<typeof embeddedTelemetryConfig>;
