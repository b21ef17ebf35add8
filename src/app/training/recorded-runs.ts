import type { EpochMs, MetricName, Ms } from "../../model/basics.ts";
import { canonicalUnit, standardUnitOf } from "../../model/units.ts";
import type { RunHistory } from "../../pipeline/predict/failure/run-history.ts";
import { judgeRow, storedUnit } from "../recording/judge-row.ts";
import type { Recording } from "../recording/recording.ts";

/** Steps that a missing value is held for; longer gaps stay empty. */
const HOLD_STEPS = 3;

/**
 * Every device of a recording as one run from its first row to its last, which is the failure. Values of one step are
 * averaged. `prefix` tells the runs of several files apart.
 */
export async function runsOf(
  recording: Recording,
  stepMs: Ms,
  prefix = "",
): Promise<readonly RunHistory[]> {
  const unitOf = (metric: MetricName): string => {
    const source = recording.map.metrics[metric];
    return storedUnit(metric, canonicalUnit(source?.unit ?? standardUnitOf(metric)) ?? "1");
  };
  const devices = new Map<string, Collected>();
  for await (const row of recording.rows()) {
    const judged = judgeRow(row.wire, unitOf);
    if (!judged.ok) continue;
    const { deviceId, measuredAt, values } = judged.reading;
    let device = devices.get(deviceId);
    if (device === undefined) {
      device = { from: measuredAt, to: measuredAt, sums: new Map() };
      devices.set(deviceId, device);
    }
    add(device, measuredAt, { values, stepMs });
  }
  return [...devices].map(([deviceId, collected]) => ({
    id: `${prefix}${deviceId}`,
    from: collected.from,
    to: collected.to,
    stepMs,
    values: columnsOf(collected, stepMs),
  }));
}

interface Collected {
  readonly from: EpochMs;
  to: EpochMs;
  readonly sums: Map<MetricName, { sum: number; count: number }[]>;
}

function add(
  device: Collected,
  at: EpochMs,
  { values, stepMs }: { readonly values: ReadonlyMap<MetricName, number>; readonly stepMs: Ms },
): void {
  device.to = Math.max(device.to, at);
  const step = Math.floor((at - device.from) / stepMs);
  if (step < 0) return;
  for (const [metric, value] of values) {
    const column = device.sums.get(metric) ?? [];
    device.sums.set(metric, column);
    const cell = column[step] ?? { sum: 0, count: 0 };
    column[step] = { sum: cell.sum + value, count: cell.count + 1 };
  }
}

function columnsOf(device: Collected, stepMs: Ms): Readonly<Record<MetricName, Float64Array>> {
  const steps = Math.floor((device.to - device.from) / stepMs) + 1;
  const columns = [...device.sums].map(([metric, cells]) => {
    const means = Array.from({ length: steps }, (_, step) => {
      const cell = cells[step];
      return cell === undefined ? Number.NaN : cell.sum / cell.count;
    });
    return [metric, heldValues(means)] as const;
  });
  return Object.fromEntries(columns);
}

/** Fills short gaps with the last value. */
export function heldValues(values: readonly number[]): Float64Array {
  const held = Float64Array.from(values);
  let last = Number.NaN;
  let missing = 0;
  held.forEach((value, step) => {
    missing = Number.isNaN(value) ? missing + 1 : 0;
    if (missing === 0) last = value;
    else if (missing <= HOLD_STEPS) held[step] = last;
  });
  return held;
}
