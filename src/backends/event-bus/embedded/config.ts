import { z } from "zod";

const MIB = 1024 * 1024;

/** Options of the embedded log, with unit, default and meaning. */
export const embeddedEventBusConfig = z.strictObject({
  retentionMs: z
    .int()
    .positive()
    .default(24 * 3_600_000)
    .describe("Records younger than this (ms) stay in the log, unless `retainBytes` is exceeded"),
  retainBytes: z
    .int()
    .positive()
    .default(2048 * MIB)
    .describe("Above this size (bytes) records that every consumer confirmed are deleted early"),
  maxBytes: z
    .int()
    .positive()
    .default(8192 * MIB)
    .describe("At this size (bytes) new readings are refused with LOG_FULL"),
  diskFloorBytes: z
    .int()
    .nonnegative()
    .default(512 * MIB)
    .describe("Below this free space (bytes) new readings are refused with STORAGE_LOW"),
  diskFloorShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.05)
    .describe("The same as a share of the disk (0.05: 5 %); the larger of the two counts"),
  reserveBytes: z
    .int()
    .nonnegative()
    .default(8 * MIB)
    .describe(
      "Size (bytes) of a file that is given back when the disk is full, so that IAI can tidy up",
    ),
  collectMs: z
    .number()
    .min(0)
    .max(50)
    .default(2)
    .describe("Under load, time (ms) in which requests are collected into one commit"),
  pendingBytes: z
    .int()
    .positive()
    .default(32 * MIB)
    .describe("Bytes waiting for a commit; beyond, requests are refused with QUEUE_FULL"),
});

export type EmbeddedEventBusConfig = z.infer<typeof embeddedEventBusConfig>;
