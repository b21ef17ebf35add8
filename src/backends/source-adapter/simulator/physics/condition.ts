/**
 * What is physically wrong inside a machine, each from 0 (sound) to 1 (the fault at its full size). The bodies know
 * these causes only; what they do to a metric follows from flow, heat, force and current.
 */
export interface Condition {
  /** Spalled area of the bearing races. */
  bearingWear: number;
  /** Added eccentricity of the rotor's mass. */
  imbalance: number;
  /** Offset and angle between the shafts at the coupling. */
  misalignment: number;
  /** Conductance of the leak to the outside. */
  sealLeak: number;
  /** Conductance of worn clearances between high and low pressure. */
  internalLeak: number;
  /** Added resistance of what the machine delivers through. */
  blockage: number;
  /** Suction head that is missing. */
  starvedSuction: number;
  /** Gas in place of liquid. */
  gas: number;
  /** Drag beyond what the process asks for. */
  overload: number;
  /** Part of the heat path that is lost. */
  coolingLoss: number;
  /** Unequal phase voltages. */
  phaseImbalance: number;
  /** Depth worn off the tooth flanks. */
  gearWear: number;
}

export type Cause = keyof Condition;

export const causes: readonly Cause[] = [
  "bearingWear",
  "imbalance",
  "misalignment",
  "sealLeak",
  "internalLeak",
  "blockage",
  "starvedSuction",
  "gas",
  "overload",
  "coolingLoss",
  "phaseImbalance",
  "gearWear",
];

/** A machine without any fault. */
export function soundCondition(): Condition {
  return {
    bearingWear: 0,
    imbalance: 0,
    misalignment: 0,
    sealLeak: 0,
    internalLeak: 0,
    blockage: 0,
    starvedSuction: 0,
    gas: 0,
    overload: 0,
    coolingLoss: 0,
    phaseImbalance: 0,
    gearWear: 0,
  };
}
