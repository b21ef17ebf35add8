import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import { bearingWear } from "./entries/bearing-wear.ts";
import { blockage } from "./entries/blockage.ts";
import { cavitation } from "./entries/cavitation.ts";
import { misalignment } from "./entries/misalignment.ts";
import { motorOverheating } from "./entries/motor-overheating.ts";
import { rotorImbalance } from "./entries/rotor-imbalance.ts";
import { sealLeak } from "./entries/seal-leak.ts";
import { sensorFault } from "./entries/sensor-fault.ts";

/** An entry as it ships: it gets its time when it is stored. */
export type SeedEntry = Omit<KnowledgeEntry, "createdAt">;

/** The knowledge that IAI ships. The texts are our own; the references say where the facts can be read up. */
export const seedEntries: readonly SeedEntry[] = [
  bearingWear,
  rotorImbalance,
  misalignment,
  sealLeak,
  blockage,
  cavitation,
  motorOverheating,
  sensorFault,
];
