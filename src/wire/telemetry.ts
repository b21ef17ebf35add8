import { z } from "zod";
import type { AggregateRow, MetricStatistics } from "../model/aggregate.ts";
import type { AnomalyEpisode } from "../model/detection.ts";
import {
  identifier,
  instantIn,
  instantOut,
  instantOutOrNull,
  metricName,
  numbersByMetric,
  severitySchema,
  text,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

/** One minute (or a wider step) of one metric. */
export const aggregateOut = z
  .object({
    device_id: identifier,
    metric: z.string(),
    minute: instantOut.describe("Begin of the minute"),
    count: z.int(),
    avg: z.number(),
    min: z.number(),
    max: z.number(),
    last: z.number(),
    stddev: z.number().describe("Population standard deviation"),
  })
  .meta({ id: "Aggregate" });

export function aggregateToWire(row: AggregateRow): z.infer<typeof aggregateOut> {
  return {
    device_id: row.deviceId,
    metric: row.metric,
    minute: toIso(row.minuteAt),
    count: row.count,
    avg: row.avg,
    min: row.min,
    max: row.max,
    last: row.last,
    stddev: row.stddev,
  };
}

export const metricStatisticsOut = z
  .object({
    unit: z.string(),
    count: z.int(),
    mean: z.number(),
    min: z.number(),
    max: z.number(),
    std: z.number(),
    slope: z.number().describe("Least squares, units per hour"),
    last: z.number(),
    last_at: instantOut,
  })
  .meta({ id: "MetricStatistics" });

/** Statistics of every metric of a device over the last minutes. */
export const windowOut = z
  .object({
    device_id: identifier,
    window_mins: z.number(),
    from: instantOut,
    to: instantOut,
    metrics: z.record(z.string(), metricStatisticsOut),
  })
  .meta({ id: "TelemetryWindow" });

export function statisticsToWire(
  statistics: MetricStatistics,
  unit: string,
): z.infer<typeof metricStatisticsOut> {
  return {
    unit,
    count: statistics.count,
    mean: statistics.mean,
    min: statistics.min,
    max: statistics.max,
    std: statistics.std,
    slope: statistics.slopePerHour,
    last: statistics.last,
    last_at: toIso(statistics.lastAt),
  };
}

/** One contiguous time in which a detector saw a condition. */
export const anomalyOut = z
  .object({
    episode_id: z.string(),
    device_id: identifier,
    detector: z.string(),
    condition: z.string(),
    started_at: instantOut,
    ended_at: instantOutOrNull.describe("null: it lasts"),
    peak_score: z.number().nullable(),
    contributions: numbersByMetric,
    shadow: z.boolean().describe("Seen while the baseline was still learning; paged nobody"),
  })
  .meta({ id: "Anomaly" });

export function anomalyToWire(episode: AnomalyEpisode): z.infer<typeof anomalyOut> {
  return {
    episode_id: episode.episodeId,
    device_id: episode.deviceId,
    detector: episode.detector,
    condition: episode.condition,
    started_at: toIso(episode.startedAt),
    ended_at: toIsoOrNull(episode.endedAt),
    peak_score: episode.peakScore,
    contributions: episode.contributions,
    shadow: episode.shadow,
  };
}

/**
 * Body of `POST /anomalies/webhook`: what an external detector says. An episode as `GET /anomalies` gives it is
 * understood as well: `detector`, `started_at`, `ended_at` and `peak_score` say the same in its words.
 */
export const externalAnomalyIn = z
  .strictObject({
    device_id: identifier,
    condition: identifier.default("external"),
    source: text(50).optional().describe("Name of the detector; also `detector`"),
    detector: text(50).optional(),
    active: z.boolean().optional().describe("false: the condition has ended; default: it lasts"),
    score: z.number().nullable().optional().describe("Also `peak_score`"),
    peak_score: z.number().nullable().optional(),
    severity: severitySchema.optional().describe("What the detector asks for; default P2"),
    contributions: z
      .record(metricName, z.number())
      .optional()
      .describe("Share of each metric it blames; an open alarm of one of them takes it in"),
    timestamp: instantIn.optional().describe("When it was seen; also `started_at`; default: now"),
    started_at: instantIn.optional(),
    ended_at: instantIn.nullable().optional().describe("Given: the condition has ended"),
    text: text(2000).default(""),
  })
  .meta({ id: "ExternalAnomaly" });
