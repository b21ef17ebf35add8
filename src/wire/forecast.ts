import { z } from "zod";
import type {
  ForecastRow,
  HealthIndex,
  Prediction,
  PredictionModelRow,
  Reliability,
} from "../model/prediction.ts";
import {
  identifier,
  instantOut,
  instantOutOrNull,
  type Language,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

/** How well a machine is, and what took the rest. */
export const healthOut = z
  .object({
    index: z.number().describe("0: at a limit, 100: nothing is taken"),
    takes: z
      .array(
        z.object({
          metric: z.string().nullable(),
          because: z.enum(["limit", "deviation"]),
          points: z.number(),
        }),
      )
      .describe("What took points, most first; with the index they sum to 100"),
  })
  .meta({ id: "HealthIndex" });

export function healthToWire(health: HealthIndex): z.infer<typeof healthOut> {
  return { index: health.index, takes: health.takes.map((take) => ({ ...take })) };
}

const method = z.enum(["wiener_first_passage", "boosted_trees"]);
const rul = z
  .object({ p05: z.number(), p50: z.number(), p95: z.number() })
  .nullable()
  .describe("Hours that are left, 90 % interval and middle; null: the data do not bound it");
const limit = z
  .object({
    metric: z.string(),
    value: z.number().describe("Present level"),
    rated: z.number().describe("The limit"),
  })
  .nullable()
  .describe("null: it is about failures of the past, not about a limit");

/** Answer of `GET /devices/{id}/forecast`. */
export const forecastOut = z
  .object({
    device_id: identifier,
    health: healthOut.nullable().describe("null: no reading was detected yet"),
    forecast: z
      .object({
        horizon_h: z.number(),
        probability: z.number().describe("Of a failure, or of reaching the limit, within it"),
        rul,
        limit,
        method,
        evidence: z.array(z.string()),
        data_span: z.string().describe("Begin and end of the data it rests on"),
        skill: z
          .number()
          .nullable()
          .describe("1 − Brier / Brier of the base rate of such forecasts; null: not known here"),
        valid_until: instantOut,
      })
      .nullable(),
    reason: z.string().nullable().describe("Why there is none"),
  })
  .meta({ id: "Forecast" });

export function predictionToWire(
  deviceId: string,
  { forecast, reason, health }: Prediction,
  language: Language,
): z.infer<typeof forecastOut> {
  const shared = { device_id: deviceId, health: health === null ? null : healthToWire(health) };
  if (forecast === null) return { ...shared, forecast: null, reason: reason?.[language] ?? null };
  const { horizonH, dataSpan, validUntil, evidence, ...rest } = forecast;
  const wire = {
    horizon_h: horizonH,
    ...rest,
    evidence: evidence.map((text) => text[language]),
    data_span: dataSpan,
    valid_until: toIso(validUntil),
  };
  return { ...shared, forecast: wire, reason: reason?.[language] ?? null };
}

/** A forecast that was kept. */
export const forecastRecordOut = z
  .object({
    forecast_id: z.string(),
    device_id: identifier,
    device_type: z.string(),
    method,
    horizon_h: z.number(),
    made_at: instantOut,
    due_at: instantOut,
    probability: z.number(),
    rul,
    limit,
    shown: z.boolean().describe("false: made to earn a record, shown to nobody"),
    outcome: z
      .enum(["reached", "not_reached", "unknown"])
      .nullable()
      .describe("What happened; null: its time is not over"),
    scored_at: instantOutOrNull,
  })
  .meta({ id: "ForecastRecord" });

export function forecastRecordToWire(row: ForecastRow): z.infer<typeof forecastRecordOut> {
  return {
    forecast_id: row.forecastId,
    device_id: row.deviceId,
    device_type: row.deviceType,
    method: row.method,
    horizon_h: row.horizonH,
    made_at: toIso(row.madeAt),
    due_at: toIso(row.dueAt),
    probability: row.probability,
    rul: row.rul,
    limit: row.forecastLimit,
    shown: row.shown,
    outcome: row.outcome,
    scored_at: toIsoOrNull(row.scoredAt),
  };
}

/** Answer of `GET /forecasts/reliability`: what forecasts were worth, held against what happened. */
export const reliabilityOut = z
  .object({
    items: z.array(
      z.object({
        device_type: z.string(),
        method,
        horizon_h: z.number(),
        scored: z.int(),
        unknown: z.int().describe("Not to be scored: too few readings, or a repair between"),
        reached: z.int(),
        brier: z.number().nullable(),
        brier_of_base_rate: z.number().nullable(),
        skill: z.number().nullable().describe("null: fewer than 50 are scored"),
        state: z
          .enum(["shown", "shadow", "off"])
          .describe("shadow: still earning its record; off: switched off, it has no skill"),
        bins: z.array(
          z.object({
            from: z.number(),
            to: z.number(),
            count: z.int(),
            predicted: z.number().nullable(),
            observed: z.number().nullable(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: "Reliability" });

export function reliabilityToWire(records: readonly Reliability[]): z.infer<typeof reliabilityOut> {
  return {
    items: records.map((record) => ({
      device_type: record.deviceType,
      method: record.method,
      horizon_h: record.horizonH,
      scored: record.scored,
      unknown: record.unknown,
      reached: record.reached,
      brier: record.brier,
      brier_of_base_rate: record.brierOfBaseRate,
      skill: record.skill,
      state: record.state,
      bins: record.bins.map((bin) => ({ ...bin })),
    })),
  };
}

/** A trained model, whole: features, bands, curves, skill and every tree. */
export const predictionModelOut = z
  .object({
    model_id: z.string(),
    device_type: z.string(),
    version: z.int().describe("The newest of a type is used"),
    created_at: instantOut,
    created_by: z.string(),
    histories: z.int().describe("Runs to failure it was trained on"),
    step_ms: z.int(),
    model: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "PredictionModel" });

export function predictionModelToWire(row: PredictionModelRow): z.infer<typeof predictionModelOut> {
  return {
    model_id: row.modelId,
    device_type: row.deviceType,
    version: row.version,
    created_at: toIso(row.createdAt),
    created_by: row.createdBy,
    histories: row.histories,
    step_ms: row.stepMs,
    model: { ...row.model },
  };
}
