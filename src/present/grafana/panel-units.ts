import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { standardUnits } from "../../model/units.ts";

/** Units that Grafana knows by name; of the others it is told the sign that stands behind the number. */
const known: Readonly<Record<string, string>> = {
  "°C": units.Celsius,
  g: units.GUnit,
  A: units.Ampere,
  V: units.Volt,
  kW: units.KiloWatt,
  "L/min": units.LitrePerMinute,
  rpm: units.RevolutionsPerMinute,
  Hz: units.Hertz,
  "1": units.NoUnit,
};

/** Grafana's name of one of our units. */
export function panelUnit(unit: string): string {
  return known[unit] ?? `suffix:${unit}`;
}

/** Overrides that give every line of a well-known metric its unit; lines are named "device metric". */
export function unitByMetric(): readonly { regexp: string; properties: DynamicConfigValue[] }[] {
  return Object.entries(standardUnits).map(([metric, unit]) => ({
    regexp: `/(^| )${metric}$/`,
    properties: [{ id: "unit", value: panelUnit(unit) }],
  }));
}
