import {
  createPlant,
  type MachineReading,
  type PlannedFault,
  type Plant,
  type PlantOptions,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import type { EpochMs } from "../../model/basics.ts";

/** What was really wrong, for whoever judges what was said about it. */
export interface TrueFault {
  readonly fault: PlannedFault;
  /** First reading that the fault changed by more than the noise of its metric; null: none yet. */
  readonly firstTraceAt: EpochMs | null;
}

/** Sees a plant's readings and tells from when on each fault could be seen in them. */
export interface GroundTruth {
  /** The faults whose first trace these readings of one instant show. */
  watch(at: EpochMs, readings: readonly MachineReading[]): readonly TrueFault[];
  /** Those that had begun by `at` and left no trace. */
  untraced(at: EpochMs): readonly TrueFault[];
}

/** Deviations of a sound machine's metric; with the same noise in both, what exceeds it is the fault. */
const NOISES = 2;

/**
 * Each fault has a twin of its machine without it, from the same seed: what differs between the two is what the fault
 * does, and nothing else.
 */
export function createGroundTruth(options: PlantOptions, plant: Plant): GroundTruth {
  const machines = new Map(plant.machines.map((machine) => [machine.deviceId, machine]));
  let open = options.faults.flatMap((fault) => {
    const machine = machines.get(fault.deviceId);
    if (machine === undefined) return [];
    const faults = options.faults.filter(
      (other) => other !== fault && other.deviceId === fault.deviceId,
    );
    return [{ fault, twin: createPlant({ ...options, devices: [machine], faults }) }];
  });
  return {
    watch: (at, readings) => {
      if (open.length === 0) return [];
      const wanted = new Set(open.map(({ fault }) => fault.deviceId));
      const byDevice = new Map<string, MachineReading>();
      for (const reading of readings)
        if (wanted.has(reading.deviceId)) byDevice.set(reading.deviceId, reading);
      const traced = open.filter(({ fault, twin }) => {
        const [sound] = twin.read(at);
        const seen = byDevice.get(fault.deviceId);
        return sound !== undefined && seen !== undefined && differs(seen, sound);
      });
      open = open.filter((one) => !traced.includes(one));
      return traced.map(({ fault }) => ({ fault, firstTraceAt: at }));
    },
    untraced: (at) =>
      open
        .filter(({ fault }) => fault.startsAt < at)
        .map(({ fault }) => ({ fault, firstTraceAt: null })),
  };
}

function differs(seen: MachineReading, sound: MachineReading): boolean {
  return Object.entries(seen.machine.type.metrics).some(([name, { noise }]) => {
    const value = seen.values[name];
    const expected = sound.values[name];
    if (value === undefined || expected === undefined) return value !== expected;
    return Math.abs(value - expected) > NOISES * noise;
  });
}

/** One line of the file. */
export function truthRow({ fault, firstTraceAt }: TrueFault): string {
  const iso = (at: EpochMs | null): string | null =>
    at === null ? null : new Date(at).toISOString();
  return JSON.stringify({
    device: fault.deviceId,
    kind: fault.kind,
    metric: fault.metric,
    from: iso(fault.startsAt),
    to: iso(fault.endsAt),
    first_trace: iso(firstTraceAt),
  });
}
