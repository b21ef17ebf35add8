import { exp } from "../../../../kernel/dmath.ts";
import type { Ms } from "../../../../model/basics.ts";

/** Temperature of the hall in which all machines were rated. */
export const RATED_AMBIENT_C = 22;

export interface HeatRating {
  /** Rise over the surroundings at rated losses and whole cooling, K. */
  readonly riseK: number;
  /** Time constant at whole cooling. */
  readonly tauMs: Ms;
}

export interface HeatFlow {
  /** Losses, 1: rated. */
  readonly power: number;
  /** Heat path to the surroundings, 1: rated; above 0. */
  readonly conductance: number;
  readonly ambientC: number;
  readonly elapsedMs: Ms;
}

/**
 * One lump of heat: C dT/dt = P − G (T − Tₐ), Newton's law of cooling (Incropera, Fundamentals of Heat and Mass
 * Transfer, 5.1). Solved exactly over a step with constant P and G, so that no length of step can make it unstable. A
 * lost heat path raises the end temperature and the time constant C/G alike: nothing gets hot at once.
 */
export function createHeat(rating: HeatRating): (flow: HeatFlow) => number {
  let temperatureC: number | null = null;
  return ({ power, conductance, ambientC, elapsedMs }) => {
    const endC = ambientC + (rating.riseK * power) / conductance;
    temperatureC = approach(temperatureC, endC, elapsedMs, rating.tauMs / conductance);
    return temperatureC;
  };
}

/** First-order lag with its exact solution; null: it has stood there for ever. */
export function approach(from: number | null, to: number, elapsedMs: Ms, tauMs: Ms): number {
  return from === null ? to : to + (from - to) * exp(-elapsedMs / tauMs);
}
