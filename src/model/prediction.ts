import type { DeviceId, EpochMs, MetricName, Ms } from "./basics.ts";
import type { BilingualText } from "./diagnosis.ts";

/** How well a machine is, 0 (at a limit) to 100 (nothing taken), and what took the rest. */
export interface HealthIndex {
  readonly index: number;
  /** Largest first; the points and the index sum to 100. */
  readonly takes: readonly HealthTake[];
}

export interface HealthTake {
  /** The metric; null: no single one can be named. */
  readonly metric: MetricName | null;
  /** `limit`: share of its margin used up; `deviation`: distance from what was learned. */
  readonly because: "limit" | "deviation";
  readonly points: number;
}

/** How a forecast was made; each earns its own record. */
export type ForecastMethod = "wiener_first_passage" | "boosted_trees";

/** The limit that a forecast is about. */
export interface ForecastLimit {
  readonly metric: MetricName;
  /** Level of the metric when the forecast was made. */
  readonly value: number;
  readonly rated: number;
}

/** Hours that are left, as quantiles of what is believed. */
export interface RemainingHours {
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
}

export interface Forecast {
  readonly horizonH: number;
  readonly probability: number;
  /** null: the data do not bound it. */
  readonly rul: RemainingHours | null;
  /** null: the forecast is about failures of the past, not about a limit. */
  readonly limit: ForecastLimit | null;
  readonly method: ForecastMethod;
  readonly evidence: readonly BilingualText[];
  readonly dataSpan: string;
  /** 1 − Brier / Brier of the base rate, over forecasts of this kind; null: not known of this plant yet. */
  readonly skill: number | null;
  readonly validUntil: EpochMs;
}

/** A forecast, or why there is none; the health index is there as soon as readings are. */
export interface Prediction {
  readonly forecast: Forecast | null;
  readonly reason: BilingualText | null;
  readonly health: HealthIndex | null;
}

/** What became of a forecast; null: its time is not over. `unknown`: too few readings, or a repair came between. */
export type ForecastOutcome = "reached" | "not_reached" | "unknown";

/** `forecast`: what was said, and later what happened. */
export interface ForecastRow {
  /** Hash of device, method, horizon and hour: one an hour, however often it is computed. */
  readonly forecastId: string;
  readonly deviceId: DeviceId;
  readonly deviceType: string;
  readonly factoryId: string;
  readonly lineId: string;
  readonly method: ForecastMethod;
  readonly horizonH: number;
  readonly madeAt: EpochMs;
  readonly dueAt: EpochMs;
  readonly probability: number;
  /** False: made to earn a record, shown to nobody. */
  readonly shown: boolean;
  /** An alarm was asked for because of it. */
  readonly warned: boolean;
  readonly forecastLimit: ForecastLimit | null;
  readonly rul: RemainingHours | null;
  readonly outcome: ForecastOutcome | null;
  readonly scoredAt: EpochMs | null;
}

/** `prediction_model`: a trained model, whole and readable; the newest version of a type is used. */
export interface PredictionModelRow {
  readonly modelId: string;
  readonly deviceType: string;
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  readonly histories: number;
  readonly stepMs: Ms;
  readonly model: Readonly<Record<string, unknown>>;
}

/** What forecasts of one kind were worth, held against what happened. */
export interface Reliability {
  readonly deviceType: string;
  readonly method: ForecastMethod;
  readonly horizonH: number;
  readonly scored: number;
  /** Could not be scored: too few readings, or a repair came between. */
  readonly unknown: number;
  readonly reached: number;
  /** Mean squared miss, and that of always telling the share of those that reached; null: nothing is scored. */
  readonly brier: number | null;
  readonly brierOfBaseRate: number | null;
  /** 1 − Brier / Brier of the base rate; null: fewer than 50 are scored. */
  readonly skill: number | null;
  /** `shadow`: made and scored, shown to nobody until it has earned skill. `off`: it had its chance and has none. */
  readonly state: "shown" | "shadow" | "off";
  readonly bins: readonly ReliabilityBin[];
}

/** Forecasts of like probability: predicted and observed should agree. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly predicted: number | null;
  readonly observed: number | null;
}
