import { z } from "zod";

/** Where OpenTelemetry traces go, and how many of them are made. */
export const tracingSection = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe(
      "Where traces go by OTLP over HTTP, e.g. http://127.0.0.1:4318/v1/traces; null: none are made, at no cost",
    ),
  serviceName: z
    .string()
    .min(1)
    .default("iai")
    .describe("Name of this process in the traces; several processes may share it"),
  batchesPerSecond: z
    .int()
    .nonnegative()
    .default(10)
    .describe(
      "Batches of readings a second that get a trace of their own at most; an alarm always has one",
    ),
  exportEveryMs: z.int().positive().default(2_000).describe("Spans are sent this often, ms"),
  waitingSpans: z
    .int()
    .positive()
    .default(4_096)
    .describe("Spans that wait for a receiver that is away at most; the next ones are left out"),
});
