import type { Condition } from "./condition.ts";

export interface DriveRating {
  /** Current at rated power, A. */
  readonly currentA: number;
  /** Magnetising current as a share of it. */
  readonly idleShare: number;
  readonly synchronousRpm: number;
  /** Slip at rated power. */
  readonly slip: number;
}

export interface DriveState {
  /** Of the phase that carries most, as a protection relay shows it. */
  readonly currentA: number;
  readonly speedRpm: number;
  /** Speed over rated speed. */
  readonly speedShare: number;
  /** Losses over rated losses. */
  readonly losses: number;
  /** Largest deviation of a phase current from their mean, %. */
  readonly unbalancePercent: number;
}

/** No supply and no winding is perfect. */
const USUAL_UNBALANCE_PERCENT = 0.6;
/** Unequal voltage at the full fault, %: NEMA MG 1 forbids running above 5. */
const WORST_VOLTAGE_PERCENT = 3.5;
/** Iron and friction losses; the rest is copper and goes with the current's square. */
const CONSTANT_LOSSES = 0.3;

/**
 * A three-phase induction motor at `power` (1: rated) on its shaft.
 * - Current: magnetising and working current stand at right angles: I² = I₀² + (I_r² − I₀²) λ² (equivalent circuit).
 * - Slip grows in proportion to torque near the rated point (Kloss).
 * - Unequal phase voltages of u %: current unbalance 6 to 10 times u, and 2 u² % more temperature rise
 *   (NEMA MG 1, 14.36).
 */
export function drive(
  rating: DriveRating,
  power: number,
  condition: Readonly<Condition>,
): DriveState {
  const idle = rating.idleShare * rating.idleShare;
  const mean = Math.sqrt(idle + (1 - idle) * power * power);
  const voltagePercent = WORST_VOLTAGE_PERCENT * condition.phaseImbalance;
  const unbalancePercent = USUAL_UNBALANCE_PERCENT + 7 * voltagePercent;
  const highest = (1 + unbalancePercent / 100) / (1 + USUAL_UNBALANCE_PERCENT / 100);
  const speedShare = (1 - rating.slip * power) / (1 - rating.slip);
  const copper = (1 - CONSTANT_LOSSES) * mean * mean;
  return {
    currentA: rating.currentA * mean * highest,
    speedShare,
    speedRpm: rating.synchronousRpm * (1 - rating.slip * power),
    losses: (CONSTANT_LOSSES + copper) * (1 + (2 * voltagePercent * voltagePercent) / 100),
    unbalancePercent,
  };
}

/** Power that faults of the mechanics take besides the process; 1: rated power. */
export function drag(condition: Readonly<Condition>): number {
  return 0.03 * condition.bearingWear + 0.05 * condition.misalignment;
}
