import type { AlarmTransition, Severity } from "../../model/alarm.ts";
import type { MetricName } from "../../model/basics.ts";
import { type ControlEvent, defaultStepSettings } from "../../model/control.ts";
import { bareMetric, type DeviceProfile } from "../../model/device.ts";
import { canonicalUnit, standardUnitOf } from "../../model/units.ts";
import { createDetectionJob } from "../jobs/detection-job.ts";
import { judgeRow, storedUnit } from "../recording/judge-row.ts";
import type { Recording } from "../recording/recording.ts";

export interface AlarmCount {
  readonly severity: Severity;
  readonly condition: string;
}

/** The alarms that people would have got: detectors and alert builder, as they run in the stream. */
export async function alarmsOf(
  recording: Recording,
  limits: Readonly<Record<MetricName, number>>,
): Promise<readonly AlarmCount[]> {
  const job = createDetectionJob();
  const profile = profileOf(recording, limits);
  const unitOf = (metric: MetricName): string =>
    profile.metrics[metric]?.unit ?? standardUnitOf(metric);
  let state = job.initial(profile.deviceId);
  const beginning: readonly ControlEvent[] = [
    { type: "settings", version: 0, at: 0, settings: defaultStepSettings },
    { type: "device", version: 0, at: 0, profile },
  ];
  for (const control of beginning) state = job.step(state, { kind: "control", control }).state;
  const raised: AlarmCount[] = [];
  for await (const row of recording.rows()) {
    const judged = judgeRow(row.wire, unitOf);
    if (!judged.ok) continue;
    const { reading } = judged;
    const done = job.step(state, { kind: "reading", reading });
    state = done.state;
    raised.push(...done.out.transitions.flatMap(countOf));
  }
  return raised;
}

function countOf({ kind, alarm }: AlarmTransition): readonly AlarmCount[] {
  return kind === "raised" ? [{ severity: alarm.severity, condition: alarm.condition }] : [];
}

function profileOf(
  { map }: Recording,
  limits: Readonly<Record<MetricName, number>>,
): DeviceProfile {
  const specs = Object.entries(map.metrics).map(([metric, source]) => {
    const declared = canonicalUnit(source.unit ?? standardUnitOf(metric)) ?? "1";
    const hh = limits[metric] ?? null;
    return [metric, { ...bareMetric(storedUnit(metric, declared)), hh }] as const;
  });
  return {
    deviceId: typeof map.device === "string" ? map.device : "DEVICE_01",
    deviceType: "pump",
    factoryId: "recording",
    lineId: "recording",
    criticality: "B",
    metrics: Object.fromEntries(specs),
    mode: "RUNNING",
    modeSource: "recording",
    modeSince: 0,
  };
}
