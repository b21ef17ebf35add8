import type { FaultKind } from "../../../backends/source-adapter/simulator/fault-kinds.ts";
import type { FaultCategory } from "../../../model/diagnosis.ts";

/**
 * What a diagnosis of each fault of the plant model has to say, from what the fault does inside the machine; written
 * without a look at the knowledge base. A kind that is not here yet is run and told, and counts for nothing.
 */
const causes: Readonly<Record<string, readonly FaultCategory[]>> = {
  bearingWear: ["bearing"],
  imbalance: ["imbalance"],
  misalignment: ["misalignment"],
  sealLeak: ["seal", "leak"],
  internalLeak: ["leak"],
  blockage: ["blockage"],
  starvedSuction: ["cavitation"],
  gas: ["cavitation"],
  overload: ["motor"],
  coolingLoss: ["cooling"],
  phaseImbalance: ["electrical"],
  // The taxonomy has no word of its own for teeth: they stand with what rolls and slides.
  gearWear: ["bearing"],
};

/** Categories that are right for a kind; empty: not known. */
export function rightFor(kind: FaultKind): readonly FaultCategory[] {
  if (kind.sensor !== null) return ["sensor_fault"];
  return kind.cause === null ? [] : (causes[kind.cause] ?? []);
}

/** Categories that say that something is wrong with the machine. */
export function isMachineFault(category: FaultCategory): boolean {
  return category !== "no_fault" && category !== "unknown" && category !== "sensor_fault";
}
