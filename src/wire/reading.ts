import { z } from "zod";
import type { Reading } from "../model/reading.ts";
import { identifier, instantOut, numbersByMetric, toIso } from "./basics.ts";

/** Metrics that stand at the top level of a reading; all others are in `metrics`. */
export const shorthandMetrics = ["temperature", "vibration", "pressure", "current"] as const;

const isShorthand = new Set<string>(shorthandMetrics);

/** A reading as it leaves: the wire form of `POST /readings`, values in the metrics' own units. */
export const readingOut = z
  .object({
    device_id: identifier,
    timestamp: instantOut,
    temperature: z.number().optional().describe("°C"),
    vibration: z.number().optional().describe("g, RMS acceleration"),
    pressure: z.number().optional().describe("MPa gauge"),
    current: z.number().optional().describe("A"),
    metrics: numbersByMetric.optional(),
    quality: z.record(z.string(), z.enum(["uncertain", "bad"])).optional(),
    faults: z
      .record(z.string(), z.object({ code: z.string(), raw: z.string() }))
      .optional()
      .describe("Metrics without a usable number: why, and what was sent"),
    source: z
      .record(z.string(), z.object({ value: z.number(), unit: z.string() }))
      .optional()
      .describe("What was sent, for metrics that were converted"),
    seq: z.int().optional(),
    status: z.string().optional(),
  })
  .meta({ id: "Reading" });

export type ReadingOut = z.infer<typeof readingOut>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Model to wire; parts that say nothing are left out. */
export function readingToWire(reading: Reading): ReadingOut {
  const out: Mutable<ReadingOut> = {
    device_id: reading.deviceId,
    timestamp: toIso(reading.measuredAt),
  };
  let metrics: Record<string, number> | null = null;
  for (const [name, value] of reading.values) {
    if (isShorthand.has(name)) out[name as (typeof shorthandMetrics)[number]] = value;
    else {
      metrics ??= {};
      metrics[name] = value;
    }
  }
  if (metrics !== null) out.metrics = metrics;
  if (reading.qualities !== null && reading.qualities.size > 0) {
    out.quality = Object.fromEntries(
      [...reading.qualities].flatMap(([name, quality]) =>
        quality === "good" ? [] : [[name, quality] as const],
      ),
    );
  }
  if (reading.faults !== null) out.faults = Object.fromEntries(reading.faults);
  if (reading.sources !== null) out.source = Object.fromEntries(reading.sources);
  if (reading.seq !== null) out.seq = reading.seq;
  if (reading.status !== null) out.status = reading.status;
  return out;
}

/** A reading in a request, for the documentation; ingest has its own scanner that judges each value. */
export const readingIn = z
  .strictObject({
    device_id: identifier,
    timestamp: z.union([z.string(), z.int()]).describe("ISO 8601 with an offset, or whole ms"),
    temperature: z.number().optional().describe("°C"),
    vibration: z.number().optional().describe("g, RMS acceleration"),
    pressure: z.number().optional().describe("MPa gauge"),
    current: z.number().optional().describe("A"),
    metrics: numbersByMetric.optional().describe("Any other metric by name"),
    units: z
      .record(z.string(), z.string())
      .optional()
      .describe("Units that differ from the metric's own; converted once"),
    quality: z.record(z.string(), z.enum(["good", "uncertain", "bad"])).optional(),
    seq: z.int().optional(),
    status: z.string().optional().describe("What the device says of itself"),
    factory_id: identifier.optional(),
    line_id: identifier.optional(),
  })
  .meta({
    id: "ReadingInput",
    examples: [
      {
        device_id: "PUMP_01",
        timestamp: "2026-02-28T12:00:00.000Z",
        temperature: 45.3,
        vibration: 0.52,
        pressure: 2.1,
        current: 15.8,
        metrics: { flow: 32.1 },
        units: { pressure: "bar" },
      },
    ],
  });

/** Body of `POST /readings`: one reading or an array. */
export const readingsIn = z.union([readingIn, z.array(readingIn).max(1000)]);

/** What became of each reading of a request. */
export const ingestAnswerOut = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.array(
      z.object({
        index: z.int(),
        code: z.string(),
        field: z.string().nullable(),
        detail: z.string(),
      }),
    ),
    degraded: z.array(z.object({ index: z.int(), field: z.string(), code: z.string() })),
  })
  .meta({ id: "IngestAnswer" });
