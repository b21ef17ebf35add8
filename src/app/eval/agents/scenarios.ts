import {
  type FaultKind,
  faultKinds,
} from "../../../backends/source-adapter/simulator/fault-kinds.ts";
import { machineTypes } from "../../../backends/source-adapter/simulator/machine-types.ts";
import type { SimulatedMachine } from "../../../backends/source-adapter/simulator/plant-model.ts";
import { type MetricName, SECOND } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import { HEALTHY_S, readingOf, START, simulate } from "./watched-run.ts";

export type Twin = "fault" | "healthy" | "inverted" | "sensor" | "missing";

/** A machine with one thing that happens to it, and the readings of that. */
export interface EvalScenario {
  readonly kind: FaultKind;
  readonly twin: Twin;
  readonly machine: SimulatedMachine;
  readonly readings: readonly Reading[];
}

/** Seconds that are watched after a fault has grown. */
const AFTER_S = 240;
const FAULT_AT = START + HEALTHY_S * SECOND;
/** What comes before the fault is lost this early in the twin without data. */
const LOST_BEFORE_S = 120;

/**
 * Each fault of the plant model on each machine that can have it, with its twins: the same machine without it, the
 * same signals turned round, a sensor that lies about the metric that told most, and that metric missing.
 */
export function* scenarios(seeds: number): Generator<EvalScenario> {
  let number = 0;
  for (const kind of Object.values(faultKinds)) {
    for (const typeName of kind.machines) {
      for (let seed = 1; seed <= seeds; seed += 1) {
        number += 1;
        yield* twinsOf(kind, { typeName, seed, number });
      }
    }
  }
}

function* twinsOf(
  kind: FaultKind,
  { typeName, seed, number }: { typeName: string; seed: number; number: number },
): Generator<EvalScenario> {
  const type = machineTypes[typeName];
  if (type === undefined) return;
  const deviceId = `${typeName.toUpperCase()}_${String(number).padStart(3, "0")}`;
  const place = { factoryId: "F001", lineId: `L${number}` };
  const machine = { deviceId, deviceName: deviceId, type, ...place };
  const seconds = HEALTHY_S + Math.ceil(kind.growthMs / SECOND) + AFTER_S;
  const run = { seed, seconds };
  const names = Object.keys(type.metrics);
  // Each seed has another sensor lie.
  const sensor = names[(seed + number) % names.length] ?? "";
  const plan = { deviceId, startsAt: FAULT_AT, endsAt: null };
  const metric = kind.sensor === null ? null : sensor;
  const faulty = simulate(machine, { ...run, fault: { ...plan, kind: kind.name, metric } });
  yield { kind, twin: "fault", machine, readings: faulty };
  const healthy = simulate(machine, { ...run, fault: null });
  yield { kind, twin: "healthy", machine, readings: healthy };
  if (kind.sensor !== null) return;
  yield { kind, twin: "inverted", machine, readings: inverted(faulty) };
  const telling = mostTelling(faulty, healthy, names);
  const liar = { ...plan, kind: seed % 2 === 0 ? "sensor_spike" : "sensor_stuck", metric: telling };
  yield { kind, twin: "sensor", machine, readings: simulate(machine, { ...run, fault: liar }) };
  yield { kind, twin: "missing", machine, readings: without(faulty, telling) };
}

/** From the fault on everything moves the other way by as much. */
function inverted(readings: readonly Reading[]): readonly Reading[] {
  const before = readings.filter((reading) => isShortlyBefore(reading));
  const names = [...(readings[0]?.values.keys() ?? [])];
  const levels = new Map(names.map((name) => [name, meanOf(before, name)]));
  return readings.map((reading) => {
    if (reading.measuredAt < FAULT_AT) return reading;
    const turned = [...reading.values].map(([name, value]): [MetricName, number] => [
      name,
      2 * (levels.get(name) ?? value) - value,
    ]);
    return readingOf(reading.deviceId, reading.measuredAt, new Map(turned));
  });
}

function isShortlyBefore({ measuredAt }: Reading): boolean {
  return measuredAt < FAULT_AT && measuredAt >= FAULT_AT - 120 * SECOND;
}

export function meanOf(readings: readonly Reading[], metric: MetricName): number {
  const values = readings.flatMap((reading) => reading.values.get(metric) ?? []);
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The metric that the fault moves most, counted in its own healthy restlessness. */
function mostTelling(
  faulty: readonly Reading[],
  healthy: readonly Reading[],
  names: readonly MetricName[],
): MetricName {
  const moved = names.map((name) => {
    const calm = healthy.slice(-60);
    const level = meanOf(calm, name);
    const square = calm.reduce(
      (sum, row) => sum + ((row.values.get(name) ?? level) - level) ** 2,
      0,
    );
    const sd = Math.sqrt(square / Math.max(1, calm.length));
    return { name, by: Math.abs(meanOf(faulty.slice(-60), name) - level) / Math.max(sd, 1e-6) };
  });
  return moved.toSorted((a, b) => b.by - a.by)[0]?.name ?? "";
}

function without(readings: readonly Reading[], metric: MetricName): readonly Reading[] {
  const lostAt = FAULT_AT - LOST_BEFORE_S * SECOND;
  return readings.map((reading) => {
    if (reading.measuredAt < lostAt) return reading;
    const rest = [...reading.values].filter(([name]) => name !== metric);
    return readingOf(reading.deviceId, reading.measuredAt, new Map(rest));
  });
}
