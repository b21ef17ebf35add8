import type { MetricName } from "./basics.ts";

/** A physical quantity; units convert inside one dimension only. */
type Dimension =
  | "temperature"
  | "pressure"
  | "acceleration"
  | "velocity"
  | "current"
  | "voltage"
  | "power"
  | "flow"
  | "speed"
  | "frequency"
  | "ratio"
  | "one";

interface Unit {
  readonly dimension: Dimension;
  /** value in the dimension's base unit = value × factor + offset. */
  readonly factor: number;
  readonly offset: number;
}

const unit = (dimension: Dimension, factor = 1, offset = 0): Unit => ({
  dimension,
  factor,
  offset,
});

/** Standard gravity, ISO 80000-3. */
const G = 9.80665;

const units: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ["°C", unit("temperature")],
  ["°F", unit("temperature", 5 / 9, -160 / 9)],
  ["K", unit("temperature", 1, -273.15)],
  ["MPa", unit("pressure")],
  ["kPa", unit("pressure", 1e-3)],
  ["bar", unit("pressure", 0.1)],
  ["psi", unit("pressure", 0.00689475729316836)],
  ["g", unit("acceleration")],
  ["m/s²", unit("acceleration", 1 / G)],
  ["mm/s", unit("velocity")],
  ["in/s", unit("velocity", 25.4)],
  ["A", unit("current")],
  ["mA", unit("current", 1e-3)],
  ["kA", unit("current", 1e3)],
  ["V", unit("voltage")],
  ["mV", unit("voltage", 1e-3)],
  ["kV", unit("voltage", 1e3)],
  ["kW", unit("power")],
  ["W", unit("power", 1e-3)],
  ["L/min", unit("flow")],
  ["m³/h", unit("flow", 1000 / 60)],
  ["rpm", unit("speed")],
  ["Hz", unit("frequency")],
  ["%", unit("ratio")],
  ["1", unit("one")],
]);

/** Spellings seen in the field for the canonical names above. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["degC", "°C"],
  ["C", "°C"],
  ["℃", "°C"],
  ["celsius", "°C"],
  ["degF", "°F"],
  ["F", "°F"],
  ["℉", "°F"],
  ["fahrenheit", "°F"],
  ["kelvin", "K"],
  ["mpa", "MPa"],
  ["kpa", "kPa"],
  ["m/s2", "m/s²"],
  ["m/s^2", "m/s²"],
  ["inch/s", "in/s"],
  ["ips", "in/s"],
  ["l/min", "L/min"],
  ["lpm", "L/min"],
  ["m3/h", "m³/h"],
  ["m^3/h", "m³/h"],
  ["RPM", "rpm"],
  ["r/min", "rpm"],
  ["1/min", "rpm"],
  ["hz", "Hz"],
  ["", "1"],
]);

/** Unit of the metrics that have a fixed meaning; others take the unit they are first declared with. */
export const standardUnits: Readonly<Record<MetricName, string>> = {
  temperature: "°C",
  vibration: "g",
  pressure: "MPa",
  current: "A",
  fluid_temperature: "°C",
  vibration_velocity: "mm/s",
  flow: "L/min",
  voltage: "V",
  power: "kW",
  speed: "rpm",
  frequency: "Hz",
};

/** The unit a metric has when nobody declared one. */
export function standardUnitOf(metric: MetricName): string {
  return (Object.hasOwn(standardUnits, metric) ? standardUnits[metric] : undefined) ?? "1";
}

/** Canonical spelling of a unit; null: unknown. */
export function canonicalUnit(name: string): string | null {
  if (units.has(name)) return name;
  return aliases.get(name) ?? null;
}

export type Conversion =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly code: "UNIT_UNKNOWN" | "UNIT_INCOMPATIBLE" };

/** Converts a value between two units of one dimension. `rpm` and `Hz` are kept apart on purpose. */
export function convert(value: number, from: string, to: string): Conversion {
  const source = canonicalUnit(from);
  const target = canonicalUnit(to);
  if (source === null || target === null) return { ok: false, code: "UNIT_UNKNOWN" };
  if (source === target) return { ok: true, value };
  const a = units.get(source);
  const b = units.get(target);
  if (a === undefined || b === undefined) return { ok: false, code: "UNIT_UNKNOWN" };
  if (a.dimension !== b.dimension) return { ok: false, code: "UNIT_INCOMPATIBLE" };
  // Divided by the reciprocal where that is the exact number: 150 / 10, not 150 × 0.1.
  const base = a.factor < 1 ? value / (1 / a.factor) + a.offset : value * a.factor + a.offset;
  const rest = base - b.offset;
  return { ok: true, value: b.factor < 1 ? rest * (1 / b.factor) : rest / b.factor };
}

/** Canonical names of all units, in display order. */
export function knownUnits(): readonly string[] {
  return [...units.keys()];
}
