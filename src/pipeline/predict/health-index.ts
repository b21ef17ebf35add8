import type { MetricName } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { MetricSpec } from "../../model/device.ts";
import type { HealthIndex, HealthTake } from "../../model/prediction.ts";

/** Below this share of its margin a metric takes nothing: machines breathe. */
const FREE_SHARE = 0.2;
/** What a deviation at its learned limit takes at most, and one far beyond it. */
const DEVIATION_SHARE = 0.2;
const DEVIATION_SHARE_MAX = 0.5;

/**
 * Health of a machine now, from 100 down to 0; null before its first reading.
 * - A metric takes by the share of the margin between its healthy level and its outer limit that it has used up:
 *   nothing up to a fifth, everything at the limit. Without limit or baseline it takes nothing.
 * - A deviation takes a fifth at its limit and up to half far beyond; its metrics share that by their contributions.
 * - What several take multiplies, so that the index never falls below 0 and each further fault still counts.
 * - A metric whose value is bad takes nothing: a broken sensor is no broken machine.
 */
export function healthIndex(
  view: DeviceView | null,
  metrics: Readonly<Record<MetricName, MetricSpec>>,
): HealthIndex | null {
  if (view === null) return null;
  const shares = [...limitShares(view, metrics), ...deviationShares(view)];
  const left = shares.reduce((product, { share }) => product * (1 - share), 1);
  const weights = shares.map(({ share }) => share);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const lost = 100 * (1 - left);
  const takes = shares
    .map(({ metric, because, share }): HealthTake => {
      return { metric, because, points: round((lost * share) / sum) };
    })
    .filter(({ points }) => points >= 0.1)
    .toSorted((a, b) => b.points - a.points);
  return { index: round(100 - takes.reduce((total, { points }) => total + points, 0)), takes };
}

type Share = Pick<HealthTake, "metric" | "because"> & { readonly share: number };

function limitShares(
  view: DeviceView,
  metrics: Readonly<Record<MetricName, MetricSpec>>,
): readonly Share[] {
  return Object.entries(view.last.values).flatMap(([metric, value]) => {
    const spec = metrics[metric];
    const healthy = view.metrics[metric]?.referenceMean;
    if (spec === undefined || view.qualities[metric] === "bad") return [];
    const margin = Math.max(
      marginTo(spec.hh, { value, healthy, sign: 1 }),
      marginTo(spec.ll, { value, healthy, sign: -1 }),
    );
    if (margin <= FREE_SHARE) return [];
    const share = Math.min(1, (margin - FREE_SHARE) / (1 - FREE_SHARE));
    return [{ metric, because: "limit" as const, share }];
  });
}

/** Share of the way from healthy to the limit that is used up; before a baseline only the limit itself counts. */
function marginTo(
  limit: number | null,
  at: { readonly value: number; readonly healthy: number | undefined; readonly sign: 1 | -1 },
): number {
  if (limit === null) return 0;
  const { value, healthy, sign } = at;
  if (sign * (value - limit) >= 0) return 1;
  if (healthy === undefined || sign * (limit - healthy) <= 0) return 0;
  return (value - healthy) / (limit - healthy);
}

function deviationShares({ sample }: DeviceView): readonly Share[] {
  if (sample.state !== "deviation") return [];
  const beyond = Math.max(0, (sample.score ?? 1) - 1);
  const whole = DEVIATION_SHARE + (DEVIATION_SHARE_MAX - DEVIATION_SHARE) * (beyond / (beyond + 3));
  const parts = Object.entries(sample.contributions).filter(([, part]) => part > 0);
  if (parts.length === 0) return [{ metric: null, because: "deviation", share: whole }];
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return parts.map(([metric, part]) => {
    return { metric, because: "deviation", share: (whole * part) / total };
  });
}

function round(points: number): number {
  return Math.floor(points * 10 + 0.5) / 10;
}
