import { exp } from "../../../../kernel/dmath.ts";
import type { Random } from "../../../../kernel/random.ts";
import { DAY, type EpochMs, HOUR, MINUTE, type Ms } from "../../../../model/basics.ts";

/** continuous: the process runs day and night; shifts: three a day, each with its own load and a short changeover. */
export const loadProfiles = ["continuous", "shifts"] as const;
export type LoadProfile = (typeof loadProfiles)[number];

const CONTINUOUS_LOAD = 0.9;
/** Early, late and night shift (06, 14 and 22 h of the day): the night makes less. */
const shiftLoads = [0.98, 0.92, 0.76] as const;
const FIRST_SHIFT: Ms = 6 * HOUR;
const SHIFT: Ms = 8 * HOUR;
/** One crew hands over to the next. */
const CHANGEOVER: Ms = 10 * MINUTE;
/** Time for which a deviation of the load lasts, and how far it goes. */
const WANDER_TAU: Ms = 90_000;
const WANDER = 0.012;

/** What the process asks of one machine: a mean by profile, with a wander of its own around it (Ornstein–Uhlenbeck). */
export function createLoad(profile: LoadProfile, random: Random): (at: EpochMs, ms: Ms) => number {
  const phase = random.next();
  let wander = WANDER * random.normal();
  return (at, elapsedMs) => {
    const kept = exp(-elapsedMs / WANDER_TAU);
    wander = wander * kept + WANDER * Math.sqrt(1 - kept * kept) * random.normal();
    const slow = 0.006 * wave(at / (2 * HOUR) + phase);
    const mean = profile === "shifts" ? shiftLoad(at) : CONTINUOUS_LOAD;
    return Math.max(0.3, mean + slow + wander);
  };
}

/** Warmer in the afternoon; halls follow the weather by a little only. */
export function ambientC(at: EpochMs): number {
  return 22 + 1.2 * wave(at / DAY - 0.375);
}

/** One load gives way to the next along a straight line. */
function shiftLoad(at: EpochMs): number {
  const sinceFirst = (((at - FIRST_SHIFT) % DAY) + DAY) % DAY;
  const shift = Math.floor(sinceFirst / SHIFT);
  const present = shiftLoads[shift] ?? CONTINUOUS_LOAD;
  const before = shiftLoads[(shift + 2) % 3] ?? CONTINUOUS_LOAD;
  const share = Math.min(1, (sinceFirst - shift * SHIFT) / CHANGEOVER);
  return before + (present - before) * share;
}

/** A sine of parabolas, period 1, from −1 to 1: plain arithmetic is the same in every engine. */
export function wave(turns: number): number {
  const u = 2 * (turns - Math.floor(turns)) - 1;
  return -4 * u * (1 - Math.abs(u));
}
