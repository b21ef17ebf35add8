import { exp } from "../../../kernel/dmath.ts";

/** Natural logarithm of the root of 2π. */
const LOG_ROOT_TWO_PI = 0.9189385332046727;

/** Standard normal distribution function, absolute error below 1e-7 (Hastings, Zelen and Severo 26.2.17). */
export function normalCdf(x: number): number {
  if (x === 0) return 0.5;
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = exp(-0.5 * x * x - LOG_ROOT_TWO_PI) * series;
  return x > 0 ? 1 - tail : tail;
}

/** The distribution function times e^(x²/2) for x ≤ 0, also where the function itself is too small for a number. */
export function scaledTail(x: number): number {
  if (x > -6) return normalCdf(x) * exp(0.5 * x * x);
  // Mills' ratio; three terms are right to a thousandth from here on.
  const s = 1 / (x * x);
  return (exp(-LOG_ROOT_TWO_PI) / -x) * (1 - s + 3 * s * s - 15 * s * s * s);
}
