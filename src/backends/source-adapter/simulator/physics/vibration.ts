import type { Condition } from "./condition.ts";

export interface VibrationSources {
  /** Level of the sound machine at rated duty, g RMS. */
  readonly ratedG: number;
  readonly speedShare: number;
  /** Forces of flow, gas or teeth over those at rated duty. */
  readonly process: number;
  /** Collapse of vapour bubbles, 0–1. */
  readonly bubbles: number;
  /** How strongly this machine answers to a rotor out of balance; 1: as usual. */
  readonly rotor: number;
}

export interface Vibration {
  readonly levelG: number;
  readonly restless: number;
}

/** Parts of a sound machine's energy. */
const ROTOR = 0.35;
const PROCESS = 0.4;
const ELECTRIC = 0.25;

/**
 * RMS acceleration of a housing. Sources that know nothing of each other add as energies: a² = Σ aᵢ².
 * - Rotor: force m e ω², e the eccentricity (ISO 21940-11); residual at first, several times as much at the full fault.
 * - Misalignment: the coupling bends once and twice a turn, in proportion to the offset (ISO 20816-1, annex D).
 * - Bearing: each passage over a spall is a blow; its energy goes with the spalled area, its restlessness shows in the
 *   crest factor (Randall & Antoni, Rolling element bearing diagnostics, MSSP 25, 2011).
 * - Bubbles: broad-band blows of cavitation (Gülich, Centrifugal Pumps, 6.5).
 * - Unequal phases pull the stator at twice the line frequency, with the negative-sequence field.
 * - Teeth: transmission error grows with the worn depth and is driven by the load.
 */
export function vibrate(sources: VibrationSources, condition: Readonly<Condition>): Vibration {
  const { speedShare, process, bubbles } = sources;
  const eccentricity = speedShare * speedShare * (1 + 4.2 * condition.imbalance * sources.rotor);
  const bearing = 2.2 * condition.bearingWear * speedShare;
  const coupling = 1.7 * condition.misalignment * speedShare;
  const hum = 0.9 * condition.phaseImbalance;
  const blows = 1.5 * bubbles;
  const teeth = 1.9 * condition.gearWear * Math.sqrt(Math.max(0, process));
  const sound =
    ROTOR * eccentricity * eccentricity + PROCESS * process * process + ELECTRIC + hum * hum;
  const impulsive = bearing * bearing + blows * blows + teeth * teeth;
  const energy = sound + coupling * coupling + impulsive;
  const level = Math.sqrt(energy);
  // The error of an RMS value goes with the value; blows come unevenly.
  return { levelG: sources.ratedG * level, restless: level * (1 + (4 * impulsive) / energy) - 1 };
}
