import { faultKinds } from "../../backends/source-adapter/simulator/fault-kinds.ts";
import {
  describeMachine,
  type PlannedFault,
  type SimulatedMachine,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import { createRandom } from "../../kernel/random.ts";
import { type EpochMs, MINUTE, type Ms, SECOND } from "../../model/basics.ts";
import type { DeviceInput, MetricSpec } from "../../model/device.ts";
import { bareMetric } from "../../model/device.ts";

export const DEMO_DEVICES = 12;
/** History that enters before the first live reading: long enough for every baseline to be learned. */
export const HISTORY: Ms = 25 * MINUTE;

/** The first is one of those that reach a limit of its machine within half a minute. */
const quick = ["imbalance", "blockage", "dry_run"] as const;
const QUICK_RAMP: Ms = 40 * SECOND;
/** A sensor comes last: it needs its time to be told from a calm or a slowly changing machine. */
const lying = ["sensor_stuck", "sensor_drift"] as const;
const FAULTS = 7;
const APART: Ms = 150 * SECOND;

/**
 * Which machine gets which fault, and when; `--seed` decides on kinds and machines. One fault lies in the history and
 * was repaired, the others begin after the start, the first at once.
 */
export function planDemoFaults(
  seed: number,
  startsAt: EpochMs,
  without: readonly string[] = [],
): readonly PlannedFault[] {
  const random = createRandom(seed);
  const free = Array.from({ length: DEMO_DEVICES }, (_, index) => describeMachine(index)).filter(
    ({ deviceId }) => !without.includes(deviceId),
  );
  const first = quick[random.integer(quick.length)] ?? "imbalance";
  const last = lying[random.integer(lying.length)] ?? "sensor_stuck";
  const others = Object.values(faultKinds)
    .filter(({ name, sensor }) => name !== first && sensor === null)
    .map(({ name }) => ({ name, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
  const opening = assign(first, free, random.integer);
  const closing = assign(last, free, random.integer);
  const between: Assigned[] = [];
  for (const name of others) {
    // A kind whose machines are all taken stands aside for the next one.
    const one = between.length < FAULTS - 2 ? assign(name, free, random.integer) : null;
    if (one !== null) between.push(one);
  }
  const [past, ...coming] = between;
  const faults: PlannedFault[] = [opening, ...coming, closing]
    .filter((one) => one !== null)
    .map((one, index) => ({ ...one, startsAt: startsAt + SECOND + index * APART, endsAt: null }))
    .map((one, index) => (index === 0 ? { ...one, rampMs: QUICK_RAMP } : one));
  if (past !== undefined)
    faults.push({ ...past, startsAt: startsAt - 11 * MINUTE, endsAt: startsAt - 5 * MINUTE });
  return faults;
}

type Assigned = Pick<PlannedFault, "deviceId" | "kind" | "metric">;

/** A free machine that can have the fault; null: none is left. */
function assign(
  name: string,
  free: SimulatedMachine[],
  integer: (below: number) => number,
): Assigned | null {
  const kind = faultKinds[name];
  const able = free.filter((machine) => kind?.machines.includes(machine.type.name));
  const machine = able[integer(Math.max(1, able.length))];
  if (kind === undefined || machine === undefined) return null;
  free.splice(free.indexOf(machine), 1);
  const metric = kind.sensor === null ? null : "vibration";
  return { deviceId: machine.deviceId, kind: name, metric };
}

/** The registry's entry of a simulated machine, limits as its plate says. */
export function registryEntryOf(machine: SimulatedMachine): DeviceInput {
  const metrics: Record<string, MetricSpec> = {};
  for (const [name, model] of Object.entries(machine.type.metrics)) {
    metrics[name] = {
      ...bareMetric(model.unit),
      hh: model.rated,
      ll: model.lowest,
      periodMs: SECOND,
    };
  }
  return {
    deviceId: machine.deviceId,
    deviceName: machine.deviceName,
    deviceType: machine.type.name,
    factoryId: machine.factoryId,
    lineId: machine.lineId,
    location: null,
    model: null,
    manufacturer: null,
    installDate: null,
    criticality: "B",
    metrics,
  };
}
