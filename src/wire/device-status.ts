import { z } from "zod";
import { isActive, type Severity, worseSeverity } from "../model/alarm.ts";
import type { DeviceView } from "../model/detection.ts";
import { type Device, isProtected, registryStatusOf } from "../model/device.ts";
import type { HealthIndex } from "../model/prediction.ts";
import type { AlertRow } from "../model/records.ts";
import { standardUnitOf } from "../model/units.ts";
import {
  identifier,
  instantOut,
  instantOutOrNull,
  modeSchema,
  numbersByMetric,
  severitySchema,
  toIso,
} from "./basics.ts";
import { healthOut, healthToWire } from "./forecast.ts";

const phase = z.enum(["learning", "provisional", "active", "stale"]);

/** How a device stands at this moment. */
export const deviceStatusOut = z
  .object({
    device_id: identifier,
    device_name: z.string(),
    device_type: z.string(),
    factory_id: z.string(),
    line_id: z.string(),
    criticality: z.enum(["A", "B", "C"]),
    mode: modeSchema,
    mode_source: z.string(),
    mode_since: instantOut,
    status: z.enum(["RUNNING", "STOPPED", "MAINTENANCE", "RETIRED"]),
    protected: z.boolean(),
    auto_registered: z.boolean(),
    last_seen_at: instantOutOrNull.describe("Time of the newest reading that was detected"),
    age_ms: z.number().nullable().describe("Now − last_seen_at"),
    seq: z.int().nullable(),
    values: z
      .record(z.string(), z.object({ value: z.number(), unit: z.string(), quality: z.string() }))
      .describe("Newest value per metric"),
    state: z.enum(["learning", "normal", "deviation"]).nullable(),
    score: z.number().nullable().describe("Above 1: beyond the learned limit"),
    contributions: numbersByMetric,
    baseline: phase.nullable(),
    learned_rows: z.int(),
    learn_rows: z.int(),
    worst_margin: z.number().nullable().describe("Share of the margin used up; 1: at the limit"),
    worst_metric: z.string().nullable(),
    health: healthOut.nullable().describe("null: no reading was detected yet"),
    severity: severitySchema.nullable().describe("Of the worst open alarm"),
    alerts: z.array(
      z.object({
        trace_id: z.string(),
        condition: z.string(),
        severity: severitySchema,
        state: z.string(),
      }),
    ),
  })
  .meta({ id: "DeviceStatus" });

export type DeviceStatusOut = z.infer<typeof deviceStatusOut>;

/** What is known of a device now: its registry row, its detectors' view, its alarms that stand. */
export interface DeviceStanding {
  readonly device: Device;
  readonly view: DeviceView | null;
  readonly health: HealthIndex | null;
  readonly alerts: readonly AlertRow[];
  readonly now: number;
}

export function deviceStatusToWire({
  device,
  view,
  health,
  alerts,
  now,
}: DeviceStanding): DeviceStatusOut {
  let severity: Severity | null = null;
  for (const alert of alerts) {
    if (!isActive(alert.alarmState)) continue;
    severity = severity === null ? alert.alertLevel : worseSeverity(severity, alert.alertLevel);
  }
  return {
    device_id: device.deviceId,
    device_name: device.deviceName,
    device_type: device.deviceType,
    factory_id: device.factoryId,
    line_id: device.lineId,
    criticality: device.criticality,
    mode: device.mode,
    mode_source: device.modeSource,
    mode_since: toIso(device.modeSince),
    status: registryStatusOf(device.mode),
    protected: isProtected(device.metrics),
    auto_registered: device.autoRegistered,
    ...viewToWire(device, view, now),
    health: health === null ? null : healthToWire(health),
    severity,
    alerts: alerts.map((alert) => ({
      trace_id: alert.traceId,
      condition: alert.alertType,
      severity: alert.alertLevel,
      state: alert.alarmState,
    })),
  };
}

function viewToWire(device: Device, view: DeviceView | null, now: number) {
  if (view === null) {
    return {
      last_seen_at: null,
      age_ms: null,
      seq: null,
      values: {},
      state: null,
      score: null,
      contributions: {},
      baseline: null,
      learned_rows: 0,
      learn_rows: 0,
      worst_margin: null,
      worst_metric: null,
    };
  }
  return {
    last_seen_at: toIso(view.last.timestamp),
    age_ms: Math.max(0, now - view.last.timestamp),
    seq: view.last.seq,
    values: Object.fromEntries(
      Object.entries(view.last.values).map(([name, value]) => [
        name,
        {
          value,
          unit: device.metrics[name]?.unit ?? standardUnitOf(name),
          quality: view.qualities[name] ?? "good",
        },
      ]),
    ),
    state: view.sample.state,
    score: view.sample.score,
    contributions: view.sample.contributions,
    baseline: view.baseline,
    learned_rows: view.learnedRows,
    learn_rows: view.learnRows,
    worst_margin: view.worstMargin,
    worst_metric: view.worstMetric,
  };
}

/** What a device has learned to be healthy. */
export const baselineOut = z
  .object({
    device_id: identifier,
    phase: phase.nullable().describe("null: no reading was detected yet"),
    learned_rows: z.int(),
    learn_rows: z.int(),
    metrics: z.record(
      z.string(),
      z.object({
        unit: z.string(),
        mean: z.number(),
        sd: z.number(),
        reference_mean: z.number().describe("Level at commissioning, frozen"),
      }),
    ),
  })
  .meta({ id: "Baseline" });

export function baselineToWire(
  device: Device,
  view: DeviceView | null,
): z.infer<typeof baselineOut> {
  return {
    device_id: device.deviceId,
    phase: view?.baseline ?? null,
    learned_rows: view?.learnedRows ?? 0,
    learn_rows: view?.learnRows ?? 0,
    metrics: Object.fromEntries(
      Object.entries(view?.metrics ?? {}).map(([name, level]) => [
        name,
        {
          unit: device.metrics[name]?.unit ?? standardUnitOf(name),
          mean: level.mean,
          sd: level.sd,
          reference_mean: level.referenceMean,
        },
      ]),
    ),
  };
}
