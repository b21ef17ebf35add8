import { exp } from "../../../kernel/dmath.ts";
import { normalCdf, scaledTail } from "./normal.ts";

/** A Wiener process whose drift is known up to a normal distribution. Units of level and of time are the caller's. */
export interface UncertainDrift {
  readonly drift: number;
  readonly driftSd: number;
  /** Diffusion: standard deviation of the change in one unit of time. */
  readonly diffusion: number;
}

/**
 * Probability that a process which starts `distance` below a limit reaches it within `time`, in closed form: the
 * inverse Gaussian first passage, mixed over the normal drift (X.-S. Si et al., 2012). 1 where the limit is reached.
 */
export function reachedWithin(
  { drift, driftSd, diffusion }: UncertainDrift,
  distance: number,
  time: number,
): number {
  if (distance <= 0) return 1;
  if (time <= 0) return 0;
  const s2 = driftSd * driftSd;
  const d2 = Math.max(diffusion * diffusion, 1e-18);
  const spread = Math.sqrt(s2 * time * time + d2 * time);
  const away = (drift * time - distance) / spread;
  const straight = normalCdf(away);
  // Paths that were beyond the limit and came back: a large factor times a tiny tail. Their product in the first form
  // loses every digit where the drift is little known, hence the second, which is equal.
  const tail = (-2 * s2 * distance * time - d2 * (distance + drift * time)) / (d2 * spread);
  const factor = (2 * drift * distance) / d2 + (2 * s2 * distance * distance) / (d2 * d2);
  const returned =
    tail > 0 ? exp(factor) * normalCdf(tail) : exp(-0.5 * away * away) * scaledTail(tail);
  return Math.min(1, Math.max(0, straight + returned));
}

/** Time by which a growing probability reaches `asked`; null: not within `longest`. */
export function timeOfProbability(
  reached: (time: number) => number,
  asked: number,
  longest: number,
): number | null {
  if (reached(longest) < asked) return null;
  let low = 0;
  let high = longest;
  for (let i = 0; i < 50; i += 1) {
    const middle = (low + high) / 2;
    if (reached(middle) < asked) low = middle;
    else high = middle;
  }
  return high;
}
