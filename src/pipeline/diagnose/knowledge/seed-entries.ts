import { bearingWear } from "./entries/bearing-wear.ts";
import { blockage } from "./entries/blockage.ts";
import { cavitation } from "./entries/cavitation.ts";
import { compressorAir } from "./entries/compressor-air.ts";
import { compressorOilAndCooling } from "./entries/compressor-oil-and-cooling.ts";
import { driveRows } from "./entries/drive-rows.ts";
import { fanRows } from "./entries/fan-rows.ts";
import { gearboxRows } from "./entries/gearbox-rows.ts";
import { hydraulicRows } from "./entries/hydraulic-rows.ts";
import { misalignment } from "./entries/misalignment.ts";
import { motorElectrics } from "./entries/motor-electrics.ts";
import { motorMechanics } from "./entries/motor-mechanics.ts";
import { motorOverheating } from "./entries/motor-overheating.ts";
import { pumpHydraulics } from "./entries/pump-hydraulics.ts";
import { pumpMechanics } from "./entries/pump-mechanics.ts";
import { rotorImbalance } from "./entries/rotor-imbalance.ts";
import { sealLeak } from "./entries/seal-leak.ts";
import { sensorFault } from "./entries/sensor-fault.ts";
import { sensorRows } from "./entries/sensor-rows.ts";
import type { SeedEntry } from "./entries/shipped-rows.ts";

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
  ...driveRows,
  ...pumpHydraulics,
  ...pumpMechanics,
  ...motorElectrics,
  ...motorMechanics,
  ...compressorAir,
  ...compressorOilAndCooling,
  ...fanRows,
  ...gearboxRows,
  ...hydraulicRows,
  ...sensorRows,
];
