import { exp } from "../../../kernel/dmath.ts";
import type { Ms } from "../../../model/basics.ts";
import { MINUTE, SECOND } from "../../../model/basics.ts";
import { machineTypeNames } from "./machine-types.ts";
import type { Cause } from "./physics/condition.ts";

/**
 * How a fault grows from its first trace to its full size.
 * - exponential: a crack grows by a power of what it has already grown (Paris & Erdogan, 1963); slow, then fast.
 * - linear: worn depth ∝ load × path (Archard, 1953), dirt ∝ what has passed.
 * - sudden: something breaks or comes loose.
 */
export type Growth = "exponential" | "linear" | "sudden";
export type SensorFault = "stuck" | "drift" | "spike" | "loss";

export interface FaultKind {
  readonly name: string;
  readonly title: string;
  readonly growth: Growth;
  /** Time from the first trace to full size, where a plan does not say another: years of wear in minutes. */
  readonly growthMs: Ms;
  /** What it changes inside the machine; null: the machine is sound, its sensor lies. */
  readonly cause: Cause | null;
  /** What one sensor does instead of measuring. */
  readonly sensor: SensorFault | null;
  /** Types of machine that can have it. */
  readonly machines: readonly string[];
}

const withLiquid = ["pump", "hydraulic_unit"];
const withPressure = ["pump", "compressor", "hydraulic_unit"];
const withCooler = ["pump", "motor", "compressor", "gearbox", "hydraulic_unit"];
const withOwnMotor = ["pump", "motor", "compressor", "fan", "hydraulic_unit"];

const machine = (
  name: string,
  title: string,
  cause: Cause,
  growth: Growth,
  growthMs: Ms,
  machines: readonly string[] = machineTypeNames,
): FaultKind => ({ name, title, cause, growth, growthMs, machines, sensor: null });

const measurement = (sensor: SensorFault, title: string, growthMs: Ms): FaultKind => ({
  name: `sensor_${sensor}`,
  title,
  growth: sensor === "drift" ? "linear" : "sudden",
  growthMs,
  cause: null,
  sensor,
  machines: machineTypeNames,
});

const kinds: readonly FaultKind[] = [
  machine("bearing_wear", "Bearing wear", "bearingWear", "exponential", 4 * MINUTE),
  machine("imbalance", "Rotor imbalance", "imbalance", "exponential", 45 * SECOND, [
    "pump",
    "motor",
    "compressor",
    "fan",
  ]),
  machine("misalignment", "Shaft misalignment", "misalignment", "linear", 3 * MINUTE, withCooler),
  machine("seal_leak", "Leak to the outside", "sealLeak", "linear", 3 * MINUTE, [
    ...withPressure,
    "gearbox",
  ]),
  machine("internal_leak", "Worn clearances", "internalLeak", "linear", 4 * MINUTE, withPressure),
  machine("blockage", "Blocked delivery", "blockage", "linear", 2 * MINUTE, [
    ...withPressure,
    "fan",
  ]),
  machine("cavitation", "Cavitation", "starvedSuction", "linear", 90 * SECOND, withLiquid),
  machine("dry_run", "Dry run", "gas", "linear", 20 * SECOND, ["pump"]),
  machine("overheating", "Overload", "overload", "linear", 3 * MINUTE),
  machine("cooling_loss", "Loss of cooling", "coolingLoss", "linear", 4 * MINUTE, withCooler),
  machine(
    "phase_imbalance",
    "Unequal phases",
    "phaseImbalance",
    "linear",
    30 * SECOND,
    withOwnMotor,
  ),
  machine("gear_wear", "Worn teeth", "gearWear", "linear", 5 * MINUTE, ["gearbox"]),
  measurement("stuck", "Stuck sensor", SECOND),
  measurement("drift", "Drifting sensor", 8 * MINUTE),
  measurement("spike", "Sensor with spikes", SECOND),
  measurement("loss", "Lost sensor", SECOND),
];

/** All faults of the model, by name. */
export const faultKinds: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  kinds.map((kind) => [kind.name, kind]),
);

/** The faults that a type of machine can have. */
export function faultsOf(machineType: string): readonly FaultKind[] {
  return kinds.filter(({ machines }) => machines.includes(machineType));
}

/** Size of a fault `sinceMs` after its first trace, 0–1; `rampMs` instead of the kind's own time where a plan says so. */
export function faultExtent(kind: FaultKind, sinceMs: Ms, rampMs: Ms | null = null): number {
  if (sinceMs <= 0) return 0;
  const growthMs = rampMs ?? kind.growthMs;
  if (sinceMs >= growthMs) return 1;
  const share = sinceMs / growthMs;
  switch (kind.growth) {
    case "sudden":
      return rampMs === null ? 1 : share;
    case "linear":
      return share;
    case "exponential":
      // 20 times as fast at the end as at the beginning.
      return (exp(3 * share) - 1) / (exp(3) - 1);
  }
}
