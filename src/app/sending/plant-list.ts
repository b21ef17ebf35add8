import { faultKinds } from "../../backends/source-adapter/simulator/fault-kinds.ts";
import { machineTypes } from "../../backends/source-adapter/simulator/machine-types.ts";

/** What there is to simulate: for people as text, for programs as JSON. */
export function listPlant(json: boolean): string {
  const types = Object.values(machineTypes);
  const kinds = Object.values(faultKinds);
  if (json)
    return JSON.stringify({
      machine_types: types.map(({ name, title, metrics }) => ({
        name,
        title,
        metrics: Object.entries(metrics).map(([metric, model]) => ({
          metric,
          unit: model.unit,
          nominal: model.nominal,
          hh: model.rated,
          ll: model.lowest,
        })),
      })),
      fault_kinds: kinds.map(({ name, title, growth, growthMs, machines, sensor }) => ({
        name,
        title,
        growth,
        growth_ms: growthMs,
        of: sensor === null ? "machine" : "sensor",
        machine_types: machines,
      })),
    });
  const width = Math.max(...kinds.map(({ name }) => name.length), 0) + 2;
  const typeLines = types.map(({ name, metrics }) => {
    const list = Object.entries(metrics).map(([metric, { unit }]) => `${metric} (${unit})`);
    return `  ${name.padEnd(width)}${list.join(", ")}`;
  });
  const kindLines = kinds.map(({ name, title, machines }) => {
    const where = machines.length === types.length ? "all" : machines.join(", ");
    return `  ${name.padEnd(width)}${title}: ${where}`;
  });
  return ["machine types", ...typeLines, "fault kinds", ...kindLines].join("\n");
}
