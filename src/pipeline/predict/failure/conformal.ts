import type { RemainingHours } from "../../../model/prediction.ts";

/** How far the truth lay from predictions of one size, on runs that had not been learned from. */
export interface ErrorBand {
  /** Predictions up to here, in steps; the last band has no end. */
  readonly upTo: number | null;
  /** Quantiles of truth − prediction. */
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
  readonly cases: number;
}

const BANDS = 8;

/**
 * Split-conformal intervals by prediction band: the errors of held-out runs are those to be expected. Quantiles take
 * the next rank outwards, so that a small band is rather too wide.
 */
export function errorBands(
  cases: readonly { readonly prediction: number; readonly truth: number }[],
): readonly ErrorBand[] {
  const sorted = cases.toSorted((a, b) => a.prediction - b.prediction);
  return Array.from({ length: BANDS }, (_, band): ErrorBand => {
    const from = Math.floor((band * sorted.length) / BANDS);
    const to = Math.floor(((band + 1) * sorted.length) / BANDS);
    const part = sorted.slice(from, to);
    const errors = part
      .map(({ prediction, truth }) => truth - prediction)
      .toSorted((a, b) => a - b);
    return {
      upTo: band === BANDS - 1 ? null : (part.at(-1)?.prediction ?? 0),
      p05: errors[Math.max(0, Math.floor(0.05 * (errors.length + 1)) - 1)] ?? 0,
      p50: errors[Math.floor(errors.length / 2)] ?? 0,
      p95: errors[Math.min(errors.length - 1, Math.floor(0.95 * (errors.length + 1)))] ?? 0,
      cases: part.length,
    };
  });
}

/** Interval of the steps that are left, within 0 and the cap: "the cap" means that or more. */
export function intervalAt(
  bands: readonly ErrorBand[],
  prediction: number,
  cap: number,
): RemainingHours {
  const band = bands.find(({ upTo }) => upTo === null || prediction <= upTo);
  const within = (steps: number): number => Math.max(0, Math.min(cap, steps));
  return {
    p05: within(prediction + (band?.p05 ?? -cap)),
    p50: within(prediction + (band?.p50 ?? 0)),
    p95: within(prediction + (band?.p95 ?? cap)),
  };
}
