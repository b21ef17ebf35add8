import type { MetricName } from "../../model/basics.ts";
import type { DeviceView, MetricBaseline } from "../../model/detection.ts";
import { snapshotOf } from "../../model/reading.ts";
import type { DetectState } from "./detect-state.ts";
import { worstMargin } from "./limits.ts";
import { CELL, get } from "./metric-cells.ts";
import { qualityName } from "./metric-table.ts";
import { referenceOf } from "./reference.ts";

/** What the detectors know of a device now; null before its first reading. */
export function viewOf(state: DetectState): DeviceView | null {
  const { lastReading, lastSample, table, baseline } = state;
  if (lastReading === null || lastSample === null) return null;
  const values: Record<MetricName, number> = {};
  const qualities: Record<MetricName, string> = {};
  const metrics: Record<MetricName, MetricBaseline> = {};
  for (let slot = 0; slot < table.names.length; slot += 1) {
    const name = table.names[slot] ?? "";
    const quality = qualityName(table, slot);
    if (quality !== "good") qualities[name] = quality;
    if (get(table, slot, CELL.measuredAt) > 0) values[name] = get(table, slot, CELL.value);
    const reference = referenceOf(baseline, slot);
    if (Number.isNaN(reference)) continue;
    metrics[name] = {
      mean: get(table, slot, CELL.slow),
      sd: baseline.referenceSd[slot] ?? 0,
      referenceMean: reference,
    };
  }
  const worst = worstMargin(state, lastReading.measuredAt);
  return {
    deviceId: state.deviceId,
    at: lastReading.measuredAt,
    // Devices that send one value per message: the view still shows all of them.
    last: { ...snapshotOf(lastReading), values },
    qualities,
    sample: lastSample,
    baseline: baseline.phase,
    learnedRows: baseline.phase === "learning" ? baseline.rows : state.settings.learnRows,
    learnRows: state.settings.learnRows,
    metrics,
    worstMargin: worst?.margin ?? null,
    worstMetric: worst?.metric ?? null,
  };
}
