import { createRandom } from "../../../kernel/random.ts";
import type { DeviceId, EpochMs, MetricName, Ms } from "../../../model/basics.ts";
import { type FaultKind, faultExtent, faultKinds } from "./fault-kinds.ts";
import { type MachineType, machineTypeNames, machineTypes } from "./machine-types.ts";
import { type Condition, soundCondition } from "./physics/condition.ts";
import { ambientC, createLoad, type LoadProfile } from "./physics/load-profile.ts";
import { createSensor, type SensorState } from "./sensor.ts";

/** A fault of one machine: when its first trace appears and when it is repaired. */
export interface PlannedFault {
  readonly deviceId: DeviceId;
  readonly kind: string;
  readonly startsAt: EpochMs;
  /** null: it stays. */
  readonly endsAt: EpochMs | null;
  /** Metric of a sensor fault. */
  readonly metric: MetricName | null;
  /** Time to its full size; absent or null: that of its kind. */
  readonly rampMs?: Ms | null;
  /** Full size, 1: the kind's own. */
  readonly extent?: number;
}

export interface SimulatedMachine {
  readonly deviceId: DeviceId;
  readonly deviceName: string;
  readonly type: MachineType;
  readonly factoryId: string;
  readonly lineId: string;
}

export interface PlantOptions {
  readonly seed: number;
  /** How many, or which. */
  readonly devices: number | readonly SimulatedMachine[];
  readonly startsAt: EpochMs;
  readonly faults: readonly PlannedFault[];
  /** Default: continuous. */
  readonly load?: LoadProfile;
}

/** One machine's values at one instant, metrics in their own unit; a lost sensor's metric is not there. */
export interface MachineReading {
  readonly deviceId: DeviceId;
  readonly at: EpochMs;
  readonly values: Readonly<Record<MetricName, number>>;
  readonly machine: SimulatedMachine;
}

export interface Plant {
  readonly machines: readonly SimulatedMachine[];
  /** Values of all machines at `at`; times must not go back. */
  read(at: EpochMs): readonly MachineReading[];
}

/** A line is a small train of neighbouring machines: twelve of them are three lines. */
const MACHINES_PER_LINE = 4;

/**
 * A seeded plant: the same seed, machines and times give the same values, to the bit in every engine; a fault changes
 * nothing before it begins and nothing but its own effect afterwards.
 */
export function createPlant(options: PlantOptions): Plant {
  const { devices } = options;
  const machines =
    typeof devices === "number"
      ? Array.from({ length: devices }, (_, index) => describeMachine(index))
      : devices;
  const faults = Map.groupBy(options.faults, ({ deviceId }) => deviceId);
  const running = machines.map((machine) =>
    createMachine(machine, faults.get(machine.deviceId) ?? [], options),
  );
  return { machines, read: (at) => running.map((machine) => machine(at)) };
}

/** The n-th machine of a plant: its id, type and line do not depend on the seed. */
export function describeMachine(index: number): SimulatedMachine {
  const typeName = machineTypeNames[index % machineTypeNames.length] ?? "";
  const type = machineTypeOf(typeName);
  const line = Math.floor(index / MACHINES_PER_LINE) + 1;
  const number = String(Math.floor(index / machineTypeNames.length) + 1).padStart(2, "0");
  return {
    deviceId: `${typeName.toUpperCase()}_${number}`,
    deviceName: `${type.title} ${number}`,
    type,
    factoryId: "F001",
    lineId: `L${String(line).padStart(3, "0")}`,
  };
}

function machineTypeOf(name: string): MachineType {
  const type = Object.hasOwn(machineTypes, name) ? machineTypes[name] : undefined;
  if (type === undefined) throw new Error(`no machine type "${name}"`);
  return type;
}

/** A machine's own seed hangs on its name, not on its neighbours (FNV-1a). */
function seedOf(seed: number, deviceId: DeviceId): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let n = 0; n < deviceId.length; n += 1)
    hash = Math.imul(hash ^ deviceId.charCodeAt(n), 0x01000193);
  return hash >>> 0;
}

const measuring: SensorState = { fault: null, extent: 0 };
const sound: Readonly<Condition> = soundCondition();

function createMachine(
  machine: SimulatedMachine,
  faults: readonly PlannedFault[],
  { seed, startsAt, load: profile = "continuous" }: PlantOptions,
): (at: EpochMs) => MachineReading {
  const random = createRandom(seedOf(seed, machine.deviceId));
  const faultRandom = createRandom(seedOf(seed + 1, machine.deviceId));
  const load = createLoad(profile, random);
  const body = machine.type.createBody();
  const sensors = Object.entries(machine.type.metrics).map(([name, model]) => ({
    name,
    measure: createSensor(model, random, faultRandom),
  }));
  const { deviceId } = machine;
  const { conditionAt, sensorAt } = createFaults(faults);
  let last = startsAt;

  return (at) => {
    const elapsedMs = Math.max(0, at - last);
    last = Math.max(last, at);
    const asked = load(at, elapsedMs);
    const moment = { load: asked, ambientC: ambientC(at), elapsedMs, condition: conditionAt(at) };
    const truth = body(moment);
    const values: Record<MetricName, number> = {};
    for (const { name, measure } of sensors) {
      const level = truth.values[name] ?? 0;
      const value = measure(level, truth.restless[name] ?? 0, elapsedMs, sensorAt(name, at));
      if (value !== null) values[name] = value;
    }
    return { deviceId, at, values, machine };
  };
}

interface Faults {
  conditionAt(at: EpochMs): Readonly<Condition>;
  sensorAt(metric: MetricName, at: EpochMs): SensorState;
}

/** What is wrong with a machine and its sensors at an instant. */
function createFaults(planned: readonly PlannedFault[]): Faults {
  const known = planned.map((fault) => ({ fault, kind: kindOf(fault.kind) }));
  if (known.length === 0) return { conditionAt: () => sound, sensorAt: () => measuring };
  return {
    conditionAt: (at) => {
      const condition = soundCondition();
      for (const { fault, kind } of known) {
        if (kind.cause === null) continue;
        const sum = condition[kind.cause] + extentAt(fault, kind, at);
        condition[kind.cause] = Math.min(1, sum);
      }
      return condition;
    },
    sensorAt: (metric, at) => {
      for (const { fault, kind } of known) {
        if (kind.sensor === null || fault.metric !== metric) continue;
        const extent = extentAt(fault, kind, at);
        if (extent > 0) return { fault: kind.sensor, extent };
      }
      return measuring;
    },
  };
}

function kindOf(name: string): FaultKind {
  const kind = Object.hasOwn(faultKinds, name) ? faultKinds[name] : undefined;
  if (kind === undefined) throw new Error(`no fault kind "${name}"`);
  return kind;
}

function extentAt(fault: PlannedFault, kind: FaultKind, at: EpochMs): number {
  if (fault.endsAt !== null && at >= fault.endsAt) return 0;
  return (fault.extent ?? 1) * faultExtent(kind, at - fault.startsAt, fault.rampMs ?? null);
}
