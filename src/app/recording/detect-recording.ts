import type { DeviceId, EpochMs, MetricName } from "../../model/basics.ts";
import { type ControlEvent, defaultStepSettings } from "../../model/control.ts";
import type { AnomalyEpisode, DeviationSample } from "../../model/detection.ts";
import { bareMetric, type DeviceProfile, type MetricSpec } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import { canonicalUnit, standardUnitOf } from "../../model/units.ts";
import { createDetectStep, type DetectState } from "../../pipeline/detect/detect-step.ts";
import { judgeRow, storedUnit } from "./judge-row.ts";
import { isRecorded, type Recording } from "./recording.ts";
import type { RecordedRow, RefusedRow } from "./row-reader.ts";

export interface DetectOptions {
  /** Good readings a baseline learns from; null: the default. */
  readonly learnRows: number | null;
  /** Rated maximum (HH) per metric; empty: the device has no limits here. */
  readonly limits: Readonly<Record<MetricName, number>>;
}

/** What the detectors say of one data row. A row they did not judge repeats the state before it. */
export interface DetectedRow {
  readonly row: number;
  readonly deviceId: DeviceId | null;
  readonly timestamp: EpochMs | null;
  readonly state: DeviationSample["state"];
  readonly score: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
  readonly rejected: string | null;
  /** Begun or ended with this row. */
  readonly episodes: readonly AnomalyEpisode[];
}

const nothing: DeviationSample = { at: 0, state: "learning", score: null, contributions: {} };

/**
 * The steps of the live path over a recording, without ticks: what is received when it was measured is judged
 * as it would have been then. Age checks belong to ingest and are not made.
 */
export async function* detectRecording(
  recording: Recording,
  options: DetectOptions,
): AsyncGenerator<DetectedRow> {
  const step = createDetectStep();
  const devices = new Map<DeviceId, Watched>();
  const specs = specsOf(recording, options);
  const unitOf = (metric: MetricName): string => specs[metric]?.unit ?? standardUnitOf(metric);
  let before: Watched | null = null;
  for await (const row of recording.everyRow()) {
    if (!isRecorded(row)) {
      yield repeat(row, before, row.rejected);
      continue;
    }
    const watched: Watched = devices.get(row.deviceId) ?? begin(row.deviceId, specs, options);
    devices.set(row.deviceId, watched);
    before = watched;
    const judged = judgeRow(row.wire, unitOf);
    const refusal = judged.ok ? conflictOf(watched.last, judged.reading) : judged.rejected;
    if (!judged.ok || refusal !== null) {
      yield repeat(row, watched, refusal);
      continue;
    }
    watched.last = judged.reading;
    const out = step.step(watched.state, { kind: "reading", reading: judged.reading });
    watched.state = out.state;
    watched.sample = out.sample ?? watched.sample;
    yield { ...repeat(row, watched, null), episodes: out.episodes };
  }

  function begin(
    deviceId: DeviceId,
    metrics: Readonly<Record<MetricName, MetricSpec>>,
    asked: DetectOptions,
  ): Watched {
    let state = step.initial(deviceId);
    const learnRows = asked.learnRows ?? defaultStepSettings.learnRows;
    const events: readonly ControlEvent[] = [
      { type: "settings", version: 0, at: 0, settings: { ...defaultStepSettings, learnRows } },
      { type: "device", version: 0, at: 0, profile: profileOf(deviceId, metrics) },
    ];
    for (const control of events) state = step.step(state, { kind: "control", control }).state;
    return { state, sample: nothing, last: null };
  }
}

interface Watched {
  state: DetectState;
  sample: DeviationSample;
  /** Newest reading that was taken. */
  last: Reading | null;
}

/** The same time with another value is a conflict, as at ingest; with the same values it changes nothing. */
function conflictOf(last: Reading | null, reading: Reading): string | null {
  if (last === null || last.measuredAt !== reading.measuredAt) return null;
  for (const [metric, value] of reading.values) {
    const first = last.values.get(metric);
    if (first !== undefined && first !== value) return "DUPLICATE_CONFLICT";
  }
  return null;
}

function repeat(
  row: RecordedRow | RefusedRow,
  watched: Watched | null,
  rejected: string | null,
): DetectedRow {
  const { state, score, contributions } = watched?.sample ?? nothing;
  const recorded = isRecorded(row);
  return {
    row: row.row,
    deviceId: recorded ? row.deviceId : null,
    timestamp: recorded ? row.measuredAt : null,
    state,
    score,
    contributions,
    rejected,
    episodes: [],
  };
}

function specsOf(
  recording: Recording,
  options: DetectOptions,
): Readonly<Record<MetricName, MetricSpec>> {
  const specs: Record<MetricName, MetricSpec> = {};
  for (const [metric, source] of Object.entries(recording.map.metrics)) {
    const declared = canonicalUnit(source.unit ?? standardUnitOf(metric)) ?? "1";
    const bare = bareMetric(storedUnit(metric, declared));
    specs[metric] = { ...bare, hh: options.limits[metric] ?? null };
  }
  return specs;
}

function profileOf(
  deviceId: DeviceId,
  metrics: Readonly<Record<MetricName, MetricSpec>>,
): DeviceProfile {
  return {
    deviceId,
    deviceType: "unknown",
    factoryId: "recording",
    lineId: "recording",
    criticality: "C",
    metrics,
    mode: "RUNNING",
    modeSource: "recording",
    modeSince: 0,
  };
}
