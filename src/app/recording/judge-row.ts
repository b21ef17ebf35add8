import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../../model/reading.ts";
import { convert, standardUnits } from "../../model/units.ts";
import type { WireReading } from "./row-reader.ts";

export type JudgedRow =
  | { readonly ok: true; readonly reading: Reading }
  | { readonly ok: false; readonly rejected: "NO_VALUES" };

/** Physically absurd beyond these, as at ingest: °C, MPa, g, A; everything else by size alone. */
const absurd: Readonly<Record<MetricName, readonly [number, number]>> = {
  temperature: [-273.15, 2_000],
  pressure: [-1, 1_000],
  vibration: [0, 1_000],
  current: [-100_000, 100_000],
};
const ABSURD_SIZE = 1e12;

/** A row in wire form as the detectors see it after ingest; only a row without one good value is refused. */
export function judgeRow(wire: WireReading, unitOf: (metric: MetricName) => string): JudgedRow {
  const values = new Map<MetricName, number>();
  const faults = new Map<MetricName, ValueFault>();
  const sources = new Map<MetricName, SourceQuantity>();
  const qualities = new Map<MetricName, Quality>();
  const units = recordOf(wire["units"]);
  for (const [metric, value] of measured(wire)) {
    const unit = String(units[metric] ?? unitOf(metric));
    const judged = judgeValue(metric, value, { from: unit, to: unitOf(metric) });
    if ("code" in judged) {
      faults.set(metric, judged);
      qualities.set(metric, "bad");
    } else {
      values.set(metric, judged.value);
      if (unit !== unitOf(metric) && typeof value === "number")
        sources.set(metric, { value, unit });
    }
  }
  if (values.size === 0) return { ok: false, rejected: "NO_VALUES" };
  const at: EpochMs = wire.timestamp;
  const reading: Reading = {
    deviceId: wire.device_id,
    measuredAt: at,
    receivedAt: at,
    values,
    qualities: qualities.size > 0 ? qualities : null,
    faults: faults.size > 0 ? faults : null,
    sources: sources.size > 0 ? sources : null,
    seq: null,
    status: null,
    configVersion: 0,
  };
  return { ok: true, reading };
}

/** The unit a metric is stored in: its fixed one, else that of its first declaration. */
export function storedUnit(metric: MetricName, declared: string): string {
  return standardUnits[metric] ?? declared;
}

function judgeValue(
  metric: MetricName,
  value: unknown,
  unit: { readonly from: string; readonly to: string },
): { readonly value: number } | ValueFault {
  if (typeof value !== "number") return { code: "VALUE_TYPE", raw: String(value).slice(0, 100) };
  if (!Number.isFinite(value)) return { code: "VALUE_NOT_FINITE", raw: String(value) };
  const converted = convert(value, unit.from, unit.to);
  if (!converted.ok) return { code: converted.code, raw: String(value) };
  const [low, high] = absurd[metric] ?? [-ABSURD_SIZE, ABSURD_SIZE];
  if (converted.value >= low && converted.value <= high) return converted;
  return { code: "VALUE_OUT_OF_RANGE", raw: String(value) };
}

function* measured(wire: WireReading): Generator<readonly [MetricName, unknown]> {
  for (const metric of Object.keys(absurd)) {
    if (wire[metric] !== undefined) yield [metric, wire[metric]];
  }
  yield* Object.entries(recordOf(wire["metrics"]));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
