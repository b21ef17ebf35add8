import { z } from "zod";
import type { MetricName } from "../model/basics.ts";
import {
  type Device,
  type DeviceInput,
  isProtected,
  type MetricSpec,
  ratedLimitMetrics,
  registryStatusOf,
} from "../model/device.ts";
import { canonicalUnit, convert, standardUnitOf } from "../model/units.ts";
import { identifier, instantOut, metricName, modeSchema, text, toIso } from "./basics.ts";
import { shorthandMetrics } from "./reading.ts";

const limit = z.number().nullable();

/** Unit, sensor range, limits, deadband and expected period of one metric. */
export const metricSpecOut = z
  .object({
    unit: z.string(),
    min: limit.describe("Sensor range: a value below it is bad"),
    max: limit.describe("Sensor range: a value above it is bad"),
    ll: limit,
    l: limit,
    h: limit,
    hh: limit.describe("Rated maximum"),
    deadband: limit,
    period_ms: z.number().nullable().describe("Expected time between two values"),
  })
  .meta({ id: "MetricSpec" });

const metricSpecIn = z.strictObject({
  unit: text(20).optional(),
  min: limit.optional(),
  max: limit.optional(),
  ll: limit.optional(),
  l: limit.optional(),
  h: limit.optional(),
  hh: limit.optional(),
  deadband: z.number().nonnegative().nullable().optional(),
  period_ms: z.int().positive().nullable().optional(),
});

const criticality = z.enum(["A", "B", "C"]);
const rated = {
  rated_temp_max: limit.optional().describe("°C; HH of temperature"),
  rated_vibration_max: limit.optional().describe("g; HH of vibration"),
  rated_pressure_max: limit.optional().describe("MPa; HH of pressure"),
  rated_current_max: limit.optional().describe("A; HH of current"),
};
const described = {
  location: text(100).nullable().optional(),
  model: text(100).nullable().optional(),
  manufacturer: text(100).nullable().optional(),
  install_date: z.iso.date().nullable().optional(),
  criticality: criticality.optional(),
  ...rated,
  metrics: z.record(metricName, metricSpecIn).optional(),
};

/** Body of `POST /devices`. */
export const deviceIn = z
  .strictObject({
    device_id: identifier,
    device_name: text(100).min(1),
    device_type: text(50).min(1),
    factory_id: identifier,
    line_id: identifier,
    ...described,
  })
  .meta({ id: "DeviceInput" });

/** Body of `PATCH /devices/{id}`: only what changes; `null` takes a limit away. */
export const devicePatchIn = z
  .strictObject({
    device_name: text(100).min(1).optional(),
    device_type: text(50).min(1).optional(),
    factory_id: identifier.optional(),
    line_id: identifier.optional(),
    ...described,
  })
  .meta({ id: "DevicePatch" });

export const deviceOut = z
  .object({
    device_id: identifier,
    device_name: z.string(),
    device_type: z.string(),
    factory_id: z.string(),
    line_id: z.string(),
    location: z.string().nullable(),
    model: z.string().nullable(),
    manufacturer: z.string().nullable(),
    install_date: z.string().nullable(),
    criticality,
    rated_temp_max: limit,
    rated_vibration_max: limit,
    rated_pressure_max: limit,
    rated_current_max: limit,
    metrics: z.record(z.string(), metricSpecOut),
    mode: modeSchema,
    mode_source: z.string(),
    mode_since: instantOut,
    status: z.enum(["RUNNING", "STOPPED", "MAINTENANCE", "RETIRED"]),
    protected: z.boolean().describe("False: no limits set"),
    auto_registered: z.boolean(),
    config_version: z.int(),
    created_at: instantOut,
    updated_at: instantOut,
  })
  .meta({ id: "Device" });

export type DeviceOut = z.infer<typeof deviceOut>;
export type DeviceIn = z.infer<typeof deviceIn>;
export type DevicePatchIn = z.infer<typeof devicePatchIn>;

/** Body of `POST /devices/{id}/mode`. */
export const modeIn = z.strictObject({ mode: modeSchema, reason: text(500).optional() });

export function deviceToWire(device: Device): DeviceOut {
  const hh = (metric: MetricName): number | null => device.metrics[metric]?.hh ?? null;
  return {
    device_id: device.deviceId,
    device_name: device.deviceName,
    device_type: device.deviceType,
    factory_id: device.factoryId,
    line_id: device.lineId,
    location: device.location,
    model: device.model,
    manufacturer: device.manufacturer,
    install_date: device.installDate,
    criticality: device.criticality,
    rated_temp_max: hh(ratedLimitMetrics.ratedTempMax),
    rated_vibration_max: hh(ratedLimitMetrics.ratedVibrationMax),
    rated_pressure_max: hh(ratedLimitMetrics.ratedPressureMax),
    rated_current_max: hh(ratedLimitMetrics.ratedCurrentMax),
    metrics: Object.fromEntries(
      Object.entries(device.metrics).map(([name, spec]) => [name, metricSpecToWire(spec)]),
    ),
    mode: device.mode,
    mode_source: device.modeSource,
    mode_since: toIso(device.modeSince),
    status: registryStatusOf(device.mode),
    protected: isProtected(device.metrics),
    auto_registered: device.autoRegistered,
    config_version: device.configVersion,
    created_at: toIso(device.createdAt),
    updated_at: toIso(device.updatedAt),
  };
}

function metricSpecToWire(spec: MetricSpec): z.infer<typeof metricSpecOut> {
  const { periodMs, ...limits } = spec;
  return { ...limits, period_ms: periodMs };
}

/** A field of a device that cannot be taken, with the code that says why. */
export interface DeviceFault {
  readonly field: string;
  readonly code: "UNIT_UNKNOWN" | "UNIT_INCOMPATIBLE" | "INVALID_REQUEST";
  readonly detail: string;
}

/**
 * Wire to model. `existing` supplies the metrics that a patch does not mention. The four shorthand metrics are
 * kept in their wire unit, so limits given in another unit are converted here, once.
 */
export function deviceFromWire(
  input: DeviceIn | DevicePatchIn,
  existing: Device | null,
): { readonly input: Partial<DeviceInput>; readonly faults: readonly DeviceFault[] } {
  const faults: DeviceFault[] = [];
  const out: { -readonly [K in keyof DeviceInput]?: DeviceInput[K] } = {};
  if ("device_id" in input) out.deviceId = input.device_id;
  if (input.device_name !== undefined) out.deviceName = input.device_name;
  if (input.device_type !== undefined) out.deviceType = input.device_type;
  if (input.factory_id !== undefined) out.factoryId = input.factory_id;
  if (input.line_id !== undefined) out.lineId = input.line_id;
  if (input.location !== undefined) out.location = input.location;
  if (input.model !== undefined) out.model = input.model;
  if (input.manufacturer !== undefined) out.manufacturer = input.manufacturer;
  if (input.install_date !== undefined) out.installDate = input.install_date;
  if (input.criticality !== undefined) out.criticality = input.criticality;
  const metrics = metricsFromWire(input, existing, faults);
  if (metrics !== null) out.metrics = metrics;
  return { input: out, faults };
}

function metricsFromWire(
  input: DeviceIn | DevicePatchIn,
  existing: Device | null,
  faults: DeviceFault[],
): Record<MetricName, MetricSpec> | null {
  const changed = new Map<MetricName, z.infer<typeof metricSpecIn>>(
    Object.entries(input.metrics ?? {}),
  );
  const ratedLimits = [
    ["temperature", input.rated_temp_max],
    ["vibration", input.rated_vibration_max],
    ["pressure", input.rated_pressure_max],
    ["current", input.rated_current_max],
  ] as const;
  const metrics: Record<MetricName, MetricSpec> = { ...existing?.metrics };
  for (const [name, spec] of changed) {
    metrics[name] = mergeSpec(name, spec, metrics[name] ?? null, faults);
  }
  for (const [name, hh] of ratedLimits) {
    if (hh === undefined) continue;
    metrics[name] = mergeSpec(name, { hh }, metrics[name] ?? null, faults);
    const other = changed.get(name)?.hh;
    if (other === undefined || other === hh) continue;
    faults.push({
      field: `metrics.${name}.hh`,
      code: "INVALID_REQUEST",
      detail: `is given twice: here and as rated maximum "${String(hh)}"`,
    });
  }
  return changed.size > 0 || ratedLimits.some(([, hh]) => hh !== undefined) ? metrics : null;
}

const fixedUnits = new Set<string>(shorthandMetrics);

function mergeSpec(
  name: MetricName,
  given: z.infer<typeof metricSpecIn>,
  existing: MetricSpec | null,
  faults: DeviceFault[],
): MetricSpec {
  const fault = (field: string, code: DeviceFault["code"], detail: string): void => {
    faults.push({ field: `metrics.${name}.${field}`, code, detail });
  };
  const known = existing?.unit ?? standardUnitOf(name);
  const wanted = canonicalUnit(given.unit ?? known);
  if (wanted === null) fault("unit", "UNIT_UNKNOWN", `"${given.unit ?? known}" is not known`);
  const source = wanted ?? known;
  const unit = fixedUnits.has(name) ? standardUnitOf(name) : source;
  const inUnit = (value: number | null | undefined, old: number | null): number | null => {
    if (value === undefined) return old;
    if (value === null || source === unit) return value;
    const converted = convert(value, source, unit);
    if (converted.ok) return converted.value;
    fault("unit", converted.code, `"${source}" does not convert to "${unit}"`);
    return value;
  };
  const spec: MetricSpec = {
    unit,
    min: inUnit(given.min, existing?.min ?? null),
    max: inUnit(given.max, existing?.max ?? null),
    ll: inUnit(given.ll, existing?.ll ?? null),
    l: inUnit(given.l, existing?.l ?? null),
    h: inUnit(given.h, existing?.h ?? null),
    hh: inUnit(given.hh, existing?.hh ?? null),
    deadband: inDifference(given.deadband, existing?.deadband ?? null, source, unit),
    periodMs: given.period_ms === undefined ? (existing?.periodMs ?? null) : given.period_ms,
  };
  for (const names of [
    ["min", "max"],
    ["ll", "l", "h", "hh"],
  ] as const) {
    const field = names.find((_, i) =>
      names.slice(0, i).some((low) => isAbove(spec, low, names[i])),
    );
    if (field !== undefined) fault(field, "INVALID_REQUEST", `must rise: ${names.join(" ≤ ")}`);
  }
  return spec;
}

/** A deadband is a difference: the offset between two scales does not belong to it. */
function inDifference(
  value: number | null | undefined,
  old: number | null,
  from: string,
  to: string,
): number | null {
  if (value === undefined) return old;
  if (value === null || from === to) return value;
  const [end, zero] = [convert(value, from, to), convert(0, from, to)];
  return end.ok && zero.ok ? end.value - zero.value : value;
}

type LimitName = "min" | "max" | "ll" | "l" | "h" | "hh";

function isAbove(spec: MetricSpec, low: LimitName, high: LimitName | undefined): boolean {
  const [a, b] = [spec[low], high === undefined ? null : spec[high]];
  return a !== null && b !== null && a > b;
}
