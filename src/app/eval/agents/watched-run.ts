import {
  createPlant,
  type PlannedFault,
  type SimulatedMachine,
} from "../../../backends/source-adapter/simulator/plant-model.ts";
import { type AlarmSnapshot, compareSeverity } from "../../../model/alarm.ts";
import { type EpochMs, type MetricName, SECOND } from "../../../model/basics.ts";
import { type ControlEvent, defaultStepSettings } from "../../../model/control.ts";
import type { DeviceView } from "../../../model/detection.ts";
import { bareMetric, type Device, type MetricSpec } from "../../../model/device.ts";
import type { Reading } from "../../../model/reading.ts";
import { createDetectionJob } from "../../jobs/detection-job.ts";

/** 2026-03-02T06:00:00Z, the beginning of a shift. */
export const START: EpochMs = Date.UTC(2026, 2, 2, 6);
/** Healthy seconds before a fault begins: a baseline is learned and has proven itself for a while. */
export const HEALTHY_S = 600;

/** An alarm as it was when it was raised or became worse, with what the detectors knew then. */
export interface SeenAlarm {
  readonly alarm: AlarmSnapshot;
  readonly view: DeviceView | null;
}

/** One machine over one run: what it measured and which alarms came of it. */
export interface WatchedRun {
  readonly device: Device;
  readonly readings: readonly Reading[];
  /** null: nothing was raised. */
  readonly first: SeenAlarm | null;
  /** The most urgent one, as it was when it was raised or escalated last. */
  readonly newest: SeenAlarm | null;
}

/** Values of a machine, one reading a second. */
export function simulate(
  machine: SimulatedMachine,
  options: { readonly seed: number; readonly seconds: number; readonly fault: PlannedFault | null },
): readonly Reading[] {
  const plant = createPlant({
    seed: options.seed,
    devices: [machine],
    startsAt: START,
    faults: options.fault === null ? [] : [options.fault],
  });
  return Array.from({ length: options.seconds }, (_, second) => {
    const at = START + second * SECOND;
    const values = plant.read(at)[0]?.values ?? {};
    return readingOf(machine.deviceId, at, new Map(Object.entries(values)));
  });
}

export function readingOf(
  deviceId: string,
  measuredAt: EpochMs,
  values: ReadonlyMap<MetricName, number>,
): Reading {
  const seq = (measuredAt - START) / SECOND;
  const plain = { qualities: null, faults: null, sources: null, status: null, configVersion: 0 };
  return { deviceId, measuredAt, receivedAt: measuredAt, values, seq, ...plain };
}

/** The steps of the live path over the readings: detectors and alert builder, as fast as they go. */
export function watch(machine: SimulatedMachine, readings: readonly Reading[]): WatchedRun {
  const job = createDetectionJob();
  const device = deviceOf(machine);
  const { deviceId } = device;
  let state = job.initial(deviceId);
  const beginning: readonly ControlEvent[] = [
    { type: "settings", version: 0, at: START, settings: defaultStepSettings },
    { type: "device", version: 0, at: START, profile: device },
  ];
  for (const control of beginning) state = job.step(state, { kind: "control", control }).state;
  let first: SeenAlarm | null = null;
  let newest: SeenAlarm | null = null;
  for (const reading of readings) {
    const done = job.step(state, { kind: "reading", reading });
    state = done.state;
    for (const { kind, alarm } of done.out.transitions) {
      if (kind !== "raised" && kind !== "escalated") continue;
      // The step goes on with its own object: what is kept has to stay as it was.
      const seen = structuredClone({ alarm, view: job.view(state) });
      first ??= seen;
      // A second, milder alarm of the same fault is not what people look at.
      if (newest === null || compareSeverity(alarm.severity, newest.alarm.severity) <= 0)
        newest = seen;
    }
  }
  return { device, readings, first, newest };
}

function deviceOf({ deviceId, deviceName, type, factoryId, lineId }: SimulatedMachine): Device {
  const metrics = Object.entries(type.metrics).map(([name, model]): [MetricName, MetricSpec] => [
    name,
    { ...bareMetric(model.unit), hh: model.rated, ll: model.lowest },
  ]);
  return {
    deviceId,
    deviceName,
    deviceType: type.name,
    factoryId,
    lineId,
    location: null,
    model: null,
    manufacturer: null,
    installDate: null,
    criticality: "B",
    metrics: Object.fromEntries(metrics),
    mode: "RUNNING",
    modeSource: "eval",
    modeSince: START,
    autoRegistered: false,
    configVersion: 0,
    createdAt: START,
    updatedAt: START,
  };
}
