/** What a value stands on: healthy level and limits, all in the metric's unit. */
export interface ScaleLimits {
  readonly ll: number | null;
  readonly l: number | null;
  readonly h: number | null;
  readonly hh: number | null;
}

export interface Healthy {
  readonly mean: number;
  readonly sd: number;
}

/** Limits in force: where H is not given it is 80 % of the way from healthy to HH, as in the alarm severity. */
export function effectiveH(limits: ScaleLimits, healthy: Healthy | null): number | null {
  if (limits.h !== null) return limits.h;
  if (limits.hh === null || healthy === null) return null;
  return healthy.mean + 0.8 * (limits.hh - healthy.mean);
}

/** Range of a bullet bar that shows limits, healthy band and value. */
export function scaleOf(
  values: readonly number[],
  limits: ScaleLimits,
  healthy: Healthy | null,
): { readonly from: number; readonly to: number } {
  const marks = [...values];
  for (const limit of [limits.ll, limits.l, limits.h, limits.hh]) {
    if (limit !== null) marks.push(limit);
  }
  if (healthy !== null) marks.push(healthy.mean - 4 * healthy.sd, healthy.mean + 4 * healthy.sd);
  let from = Math.min(...marks);
  let to = Math.max(...marks);
  // A quantity that is never negative and has no lower limit is shown from zero.
  if (from >= 0 && limits.ll === null && limits.l === null) from = 0;
  const pad = (to - from || Math.abs(to) || 1) * 0.06;
  if (from !== 0) from -= pad;
  to += pad;
  return { from, to };
}

export type Zone = "inside" | "high" | "over";

/** Where a value stands: beyond H/L is `high`, beyond HH/LL is `over`. */
export function zoneOf(value: number, limits: ScaleLimits): Zone {
  if (limits.hh !== null && value >= limits.hh) return "over";
  if (limits.ll !== null && value <= limits.ll) return "over";
  if (limits.h !== null && value >= limits.h) return "high";
  if (limits.l !== null && value <= limits.l) return "high";
  return "inside";
}

/** The same for a share of the margin used up. */
export function zoneOfMargin(margin: number): Zone {
  if (margin >= 1) return "over";
  return margin >= 0.8 ? "high" : "inside";
}
