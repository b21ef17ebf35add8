import { createRandom, type Random } from "../../../kernel/random.ts";
import type { DeviceId, EpochMs, MetricName, Ms } from "../../../model/basics.ts";
import { type FaultKind, faultExtent, faultKinds } from "./fault-kinds.ts";
import { type MachineType, type MetricModel, machineTypes } from "./machine-types.ts";

/** A fault of one machine: when its first trace appears and when it is repaired. */
export interface PlannedFault {
  readonly deviceId: DeviceId;
  readonly kind: string;
  readonly startsAt: EpochMs;
  /** null: it stays. */
  readonly endsAt: EpochMs | null;
  /** Metric of a sensor fault. */
  readonly metric: MetricName | null;
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
  readonly devices: number;
  readonly startsAt: EpochMs;
  readonly faults: readonly PlannedFault[];
}

/** One machine's values at one instant, metrics in their own unit. */
export interface MachineReading {
  readonly deviceId: DeviceId;
  readonly at: EpochMs;
  readonly values: Readonly<Record<MetricName, number>>;
}

export interface Plant {
  readonly machines: readonly SimulatedMachine[];
  /** Values of all machines at `at`; times must not go back. */
  read(at: EpochMs): readonly MachineReading[];
}

/** Machines in process order; each line is a small train of pump, motor, compressor and fan. */
const order = ["pump", "motor", "compressor", "fan"] as const;
const MACHINES_PER_LINE = 4;

/** A seeded plant: the same seed, times and faults give the same values. */
export function createPlant(options: PlantOptions): Plant {
  const machines = Array.from({ length: options.devices }, (_, index) => describeMachine(index));
  const running = machines.map((machine, index) => {
    const faults = options.faults.filter((fault) => fault.deviceId === machine.deviceId);
    return createMachine(
      machine,
      faults,
      createRandom(options.seed * 7919 + index),
      options.startsAt,
    );
  });
  return { machines, read: (at) => running.map((machine) => machine(at)) };
}

/** The n-th machine of a plant: its id, type and line do not depend on the seed. */
export function describeMachine(index: number): SimulatedMachine {
  const typeName = order[index % order.length] ?? "pump";
  const type = machineTypes[typeName];
  if (type === undefined) throw new Error(`no machine type "${typeName}"`);
  const number = String(Math.floor(index / order.length) + 1).padStart(2, "0");
  return {
    deviceId: `${typeName.toUpperCase()}_${number}`,
    deviceName: `${type.title} ${number}`,
    type,
    factoryId: "F001",
    lineId: `L${String(Math.floor(index / MACHINES_PER_LINE) + 1).padStart(3, "0")}`,
  };
}

function createMachine(
  machine: SimulatedMachine,
  faults: readonly PlannedFault[],
  random: Random,
  startsAt: EpochMs,
): (at: EpochMs) => MachineReading {
  const levels = new Map<MetricName, number>();
  const shown = new Map<MetricName, number>();
  const phase = random.next() * 6.283;
  let load = 0.9;
  let last = startsAt;

  return (at) => {
    const elapsed = Math.max(0, at - last);
    last = at;
    load = nextLoad(load, phase, at, elapsed, random);
    const values: Record<MetricName, number> = {};
    for (const [name, model] of Object.entries(machine.type.metrics)) {
      const state = faultStateOf(name, faults, at);
      const target = model.nominal * (1 - model.loadShare * (1 - load)) * (1 + state.gain);
      const level = follow(levels.get(name) ?? target, target, elapsed, model);
      levels.set(name, level);
      if (state.lost) continue;
      const value = state.stuck
        ? (shown.get(name) ?? level)
        : level * (1 + state.drift) + random.normal() * model.noise * (1 + state.roughness);
      const rounded = Math.round(value * 10 ** model.decimals) / 10 ** model.decimals;
      shown.set(name, rounded);
      values[name] = rounded;
    }
    return { deviceId: machine.deviceId, at, values };
  };
}

/** Load wanders slowly around a mean that follows the shift. */
function nextLoad(load: number, phase: number, at: EpochMs, elapsed: Ms, random: Random): number {
  const mean = 0.9 + 0.02 * Math.sin(at / 1_800_000 + phase);
  const pull = Math.min(1, elapsed / 60_000);
  return (
    load + (mean - load) * pull + random.normal() * 0.004 * Math.sqrt(Math.min(1, elapsed / 1000))
  );
}

/** A first-order lag: heat and pressure need their time. */
function follow(level: number, target: number, elapsed: Ms, model: MetricModel): number {
  if (model.inertiaMs === 0) return target;
  return level + (target - level) * Math.min(1, elapsed / model.inertiaMs);
}

interface FaultState {
  gain: number;
  roughness: number;
  drift: number;
  stuck: boolean;
  lost: boolean;
}

function faultStateOf(
  metric: MetricName,
  faults: readonly PlannedFault[],
  at: EpochMs,
): FaultState {
  const state: FaultState = { gain: 0, roughness: 0, drift: 0, stuck: false, lost: false };
  for (const fault of faults) {
    if (at < fault.startsAt || (fault.endsAt !== null && at >= fault.endsAt)) continue;
    const kind = faultKinds[fault.kind];
    if (kind !== undefined) addFault(state, kind, fault, metric, at);
  }
  return state;
}

function addFault(
  state: FaultState,
  kind: FaultKind,
  fault: PlannedFault,
  metric: MetricName,
  at: EpochMs,
): void {
  const extent = faultExtent(kind, at - fault.startsAt);
  const change = kind.effects[metric];
  if (change !== undefined) {
    state.gain += change.gain * extent;
    state.roughness += change.roughness * extent;
  }
  if (kind.sensor === null || fault.metric !== metric) return;
  if (kind.sensor === "stuck") state.stuck = true;
  if (kind.sensor === "loss") state.lost = true;
  if (kind.sensor === "drift") state.drift += 0.25 * extent;
}
