import type { MetricName } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import { canonicalUnit, convert, standardUnits } from "../../model/units.ts";

/** How ingest takes the values of one metric of one device. */
export interface MetricPlan {
  /** Values are kept in this unit. */
  readonly unit: string;
  /** Beyond these a value is physically absurd. */
  readonly absurdBelow: number;
  readonly absurdAbove: number;
  /** Sensor range. */
  readonly min: number;
  readonly max: number;
}

export type DevicePlan = ReadonlyMap<MetricName, MetricPlan>;

/** Physical bounds in the standard unit: °C, MPa gauge, g, A. */
const bounds: ReadonlyMap<MetricName, readonly [number, number]> = new Map([
  ["temperature", [-273.15, 2_000]],
  ["pressure", [-1, 1_000]],
  ["vibration", [0, 1_000]],
  ["current", [-100_000, 100_000]],
]);
const OTHER_BOUND = 1e12;

const plans = new WeakMap<Device, DevicePlan>();

/** The plan of a device; a device that changes is a new object and gets a new plan. */
export function planOf(device: Device): DevicePlan {
  const known = plans.get(device);
  if (known !== undefined) return known;
  const plan = new Map<MetricName, MetricPlan>();
  for (const [name, spec] of Object.entries(device.metrics)) {
    plan.set(name, planFor(name, spec.unit, spec));
  }
  plans.set(device, plan);
  return plan;
}

/** The plan of a metric that no device has yet, in its standard unit or the one its sender declares. */
export function firstPlan(name: MetricName, declaredUnit: string | null): MetricPlan {
  const standard = Object.hasOwn(standardUnits, name) ? standardUnits[name] : undefined;
  return planFor(name, standard ?? (declaredUnit && canonicalUnit(declaredUnit)) ?? "1", null);
}

function planFor(
  name: MetricName,
  unit: string,
  range: { readonly min: number | null; readonly max: number | null } | null,
): MetricPlan {
  const [low, high] = bounds.get(name) ?? [-OTHER_BOUND, OTHER_BOUND];
  const standard = standardUnits[name];
  const inUnit = (bound: number): number => {
    if (standard === undefined || !bounds.has(name)) return bound;
    const converted = convert(bound, standard, unit);
    return converted.ok ? converted.value : Math.sign(bound) * OTHER_BOUND;
  };
  return {
    unit,
    absurdBelow: inUnit(low),
    absurdAbove: inUnit(high),
    min: range?.min ?? Number.NEGATIVE_INFINITY,
    max: range?.max ?? Number.POSITIVE_INFINITY,
  };
}
