import type { Device, DeviceStatus, MetricSpec } from "../src/api/types.ts";
import { makeHealth } from "./fixture-forecasts.ts";

/** A plausible plant for looking at the console before a server runs; nothing of it is measured. */
export const startedAt = Date.now();
export const iso = (at: number): string => new Date(at).toISOString();
export const ago = (ms: number): string => iso(startedAt - ms);
export const MIN = 60_000;

const spec = (unit: string, hh: number | null, h: number | null = null): MetricSpec => ({
  unit,
  min: null,
  max: null,
  ll: null,
  l: null,
  h,
  hh,
  deadband: null,
  period_ms: 1000,
});

/** Healthy level, noise and what the fault adds, by metric. */
export const healthy: Readonly<Record<string, readonly [mean: number, sd: number]>> = {
  vibration: [0.222, 0.006],
  temperature: [45.2, 0.4],
  pressure: [0.21, 0.004],
  current: [15.8, 0.15],
  flow: [32.1, 0.5],
};

export function makeDevices(count: number): Device[] {
  const types = ["centrifugal_pump", "fan", "compressor", "conveyor"];
  const perLine = count > 100 ? 50 : 4;
  return Array.from({ length: count }, (_, i) => {
    const type = types[Math.floor(i / 3) % 4] ?? "fan";
    const bare = i % 12 === 10;
    const metrics = {
      vibration: spec("g", bare ? null : 0.5),
      temperature: spec("°C", bare ? null : 95, bare ? null : 85),
      pressure: spec("MPa", bare ? null : 0.4),
      current: spec("A", bare ? null : 22),
      flow: spec("L/min", null),
    };
    const id =
      count > 100
        ? `DEV_${String(i + 1).padStart(5, "0")}`
        : `${["PUMP", "FAN", "COMP", "CONV"][Math.floor(i / 3) % 4] ?? "DEV"}_${String(i + 1).padStart(2, "0")}`;
    return {
      device_id: id,
      device_name: `${["Feed pump", "Cooling fan", "Air compressor", "Belt conveyor"][types.indexOf(type)] ?? ""} ${String(i + 1)}`,
      device_type: type,
      factory_id: "F001",
      line_id: `L${String(Math.floor(i / perLine) + 1).padStart(3, "0")}`,
      location: i % 3 === 0 ? "Hall 2, bay 4" : null,
      model: "KSB Etanorm 50",
      manufacturer: "KSB",
      install_date: "2021-04-12",
      criticality: i % 5 === 0 ? "A" : "B",
      rated_temp_max: bare ? null : 95,
      rated_vibration_max: bare ? null : 0.5,
      rated_pressure_max: bare ? null : 0.4,
      rated_current_max: bare ? null : 22,
      metrics,
      mode: i % 12 === 7 ? "MAINTENANCE" : i % 12 === 9 ? "STOPPED" : "RUNNING",
      mode_source: i % 12 === 7 ? "lin.wei" : "run signal",
      mode_since: ago(5 * 60 * MIN),
      status: i % 12 === 7 ? "MAINTENANCE" : "RUNNING",
      protected: !bare,
      auto_registered: bare,
      config_version: 12,
      created_at: ago(86_400_000 * 40),
      updated_at: ago(86_400_000),
    };
  });
}

/** Values of a device at an instant; the first device has had an imbalance for four minutes. */
export function valuesAt(index: number, at: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [metric, [mean, sd]] of Object.entries(healthy)) {
    const noise =
      Math.sin(at * 0.0137 + index * 7) +
      Math.sin(at * 0.0041 + metric.length) +
      Math.sin(at * 0.00071);
    out[metric] = mean * (1 + (index % 7) * 0.03) + noise * sd * 0.8;
  }
  const since = at - (startedAt - 4 * MIN);
  if (index === 0 && since > 0)
    out["vibration"] = (out["vibration"] ?? 0) + Math.min(0.31, (since / (2 * MIN)) * 0.31);
  const slow = at - (startedAt - 50 * MIN);
  if (index === 4 && slow > 0)
    out["temperature"] = (out["temperature"] ?? 0) + Math.min(36, (slow / (50 * MIN)) * 36);
  return out;
}

const severityOf = [
  "P0",
  null,
  null,
  null,
  "P1",
  null,
  "P2",
  null,
  "P3",
  null,
  null,
  null,
] as const;

export function makeStatus(device: Device, index: number, at: number): DeviceStatus {
  const values = valuesAt(index, at);
  const severity = severityOf[index % 12] ?? null;
  const loud = severity !== null && (index < 12 || index % 97 === 0);
  const margins = { P0: 1.07, P1: 0.84, P2: 0.66, P3: 0.42 };
  return {
    device_id: device.device_id,
    device_name: device.device_name,
    device_type: device.device_type,
    factory_id: device.factory_id,
    line_id: device.line_id,
    criticality: device.criticality,
    mode: device.mode,
    mode_source: device.mode_source,
    mode_since: device.mode_since,
    status: device.status,
    protected: device.protected,
    auto_registered: device.auto_registered,
    last_seen_at:
      index % 12 === 3
        ? iso(at - 4 * MIN)
        : device.mode === "STOPPED"
          ? iso(at - 70 * MIN)
          : iso(at - 800),
    age_ms: 800,
    seq: 812,
    values: Object.fromEntries(
      Object.entries(values).map(([metric, value]) => [
        metric,
        {
          value,
          unit: device.metrics[metric]?.unit ?? "1",
          quality: index % 12 === 6 && metric === "flow" ? "bad" : "good",
        },
      ]),
    ),
    state: index % 12 === 10 ? "learning" : index % 12 === 1 || loud ? "deviation" : "normal",
    score: loud ? 3.2 : 0.4,
    contributions: loud ? { vibration: 0.93, current: 0.05, temperature: 0.02 } : {},
    baseline: index % 12 === 10 ? "learning" : index % 12 === 2 ? "provisional" : "active",
    learned_rows: index % 12 === 10 ? 212 : 400,
    learn_rows: 400,
    worst_margin: device.protected
      ? loud && severity !== null
        ? margins[severity]
        : 0.05 + (index % 6) * 0.05
      : null,
    health: makeHealth(loud && severity !== null),
    worst_metric: index % 12 === 4 ? "temperature" : "vibration",
    severity: loud ? severity : null,
    alerts: [],
  };
}
