import { createRandom } from "../../kernel/random.ts";
import type { ControlEvent, StreamEvent } from "../../model/control.ts";
import { defaultStepSettings } from "../../model/control.ts";
import { bareMetric, type DeviceProfile } from "../../model/device.ts";
import { standardUnitOf } from "../../model/units.ts";
import { createDetectionJob, type DetectionState } from "../jobs/detection-job.ts";
import { atMost, type EvalResult, type EvalSet } from "./eval-set.ts";

const DEVICES = 200;
/** Rows a device reads before it is measured: its baseline is learned, the code is warm. */
const WARM_ROWS = 600;
const ROWS = 500;
const START = 1_767_225_600_000;
const levels = {
  temperature: 60,
  vibration: 0.3,
  pressure: 0.5,
  current: 10,
  flow: 128,
  voltage: 230,
  fluid_temperature: 40,
  speed: 1_480,
} as const;

/** What the whole chain of detectors and alert builder costs a reading; needs no data set. */
export const stepCost: EvalSet = {
  name: "cost",
  title: "Cost of the whole step chain, eight metrics, two of them with a limit",
  needsNoData: true,
  evaluate,
};

async function evaluate(): Promise<EvalResult> {
  const plant = createPlant();
  plant.runs(WARM_ROWS);
  const empty = Math.min(...[1, 2, 3].map(() => measure(() => plant.makes(ROWS))));
  const best = Math.min(...[1, 2, 3, 4, 5, 6].map(() => measure(() => plant.runs(ROWS)) - empty));
  const microseconds = best / (ROWS * DEVICES);
  return {
    set: stepCost.name,
    goals: [atMost("CPU a reading, µs on one core", microseconds, 3, 2)],
    tables: [],
    numbers: { cpu_us_per_reading: microseconds },
  };
}

/** CPU time of this process, µs: what others do on the machine does not count. */
function measure(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user;
}

function createPlant(): { makes(rows: number): void; runs(rows: number): void } {
  const job = createDetectionJob();
  const random = createRandom(7);
  const noise = Float64Array.from({ length: 65_536 }, () => 0.01 * random.normal());
  const states: DetectionState[] = [];
  for (let device = 0; device < DEVICES; device += 1) {
    let state = job.initial(idOf(device));
    for (const control of beginning(idOf(device)))
      state = job.step(state, { kind: "control", control }).state;
    states.push(state);
  }
  let drawn = 0;
  let row = 0;
  const next = (device: number): StreamEvent => {
    const values = new Map<string, number>();
    for (const [name, level] of Object.entries(levels)) {
      values.set(name, level * (1 + (noise[drawn % noise.length] ?? 0)));
      drawn += 1;
    }
    const at = START + row * 1_000;
    const reading = { deviceId: idOf(device), measuredAt: at, receivedAt: at, values, ...plain };
    return { kind: "reading", reading };
  };
  return {
    makes: (rows) => {
      for (let i = 0; i < rows * DEVICES; i += 1) next(i % DEVICES);
    },
    runs: (rows) => {
      for (let i = 0; i < rows; i += 1) {
        row += 1;
        states.forEach((state, device) => {
          states[device] = job.step(state, next(device)).state;
        });
      }
    },
  };
}

const plain = {
  qualities: null,
  faults: null,
  sources: null,
  seq: null,
  status: null,
  configVersion: 2,
} as const;

function idOf(device: number): string {
  return `PUMP_${device}`;
}

function beginning(deviceId: string): readonly ControlEvent[] {
  const metrics = Object.fromEntries(
    Object.keys(levels).map((name) => [
      name,
      { ...bareMetric(standardUnitOf(name)), periodMs: 1_000 },
    ]),
  );
  const limited = {
    ...metrics,
    vibration: { ...bareMetric("g"), periodMs: 1_000, hh: 5 },
    temperature: { ...bareMetric("°C"), periodMs: 1_000, hh: 120 },
  };
  const profile: DeviceProfile = {
    deviceId,
    deviceType: "pump",
    factoryId: "F001",
    lineId: "L001",
    criticality: "B",
    metrics: limited,
    mode: "RUNNING",
    modeSource: "eval",
    modeSince: 0,
  };
  return [
    { type: "settings", version: 1, at: START, settings: defaultStepSettings },
    { type: "device", version: 2, at: START, profile },
  ];
}
