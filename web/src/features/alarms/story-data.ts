import type { Alert } from "../../api/types.ts";
import { changeOf, type Series } from "../../ui/trend/series.ts";

const MINUTE = 60_000;

/** The stretch of time that tells the alarm: ten minutes before it was first seen until it ended, or now. */
export function stretchOf(
  alert: Alert,
  now: number,
): { readonly from: number; readonly to: number } {
  const seen = Date.parse(alert.first_seen_at);
  const end =
    alert.cleared_at === null ? now : Math.min(now, Date.parse(alert.cleared_at) + 5 * MINUTE);
  const to = Math.max(end, seen + MINUTE);
  const longest = 8 * 60 * MINUTE;
  return { from: Math.max(seen - 10 * MINUTE, to - longest), to };
}

/** Shares of the deviation by metric, largest first, over all conditions of the alarm. */
export function contributionsOf(alert: Alert): readonly (readonly [string, number])[] {
  const best = new Map<string, number>();
  for (const { contributions } of alert.conditions) {
    for (const [metric, share] of Object.entries(contributions)) {
      best.set(metric, Math.max(best.get(metric) ?? 0, share));
    }
  }
  return [...best].filter(([, share]) => share >= 0.01).sort((a, b) => b[1] - a[1]);
}

/** Metrics the alarm is about and those that visibly moved, and the steady rest. */
export function shownFirst(
  alert: Alert,
  series: ReadonlyMap<string, Series>,
): { readonly moved: readonly string[]; readonly steady: readonly string[] } {
  const about = new Set(alert.conditions.flatMap((condition) => condition.metrics));
  if (alert.worst_metric !== null) about.add(alert.worst_metric);
  const shares = new Map(contributionsOf(alert));
  const rank = (metric: string): number =>
    (metric === alert.worst_metric ? 2 : 0) +
    (about.has(metric) ? 1 : 0) +
    (shares.get(metric) ?? 0);
  const names = [...series.keys()].sort((a, b) => rank(b) - rank(a) || a.localeCompare(b));
  const moved = names.filter((metric) => {
    const course = series.get(metric);
    if (about.has(metric) || (shares.get(metric) ?? 0) >= 0.15) return true;
    return course !== undefined && changeOf(course, alert.healthy[metric]?.sd ?? null) > 5;
  });
  return { moved, steady: names.filter((metric) => !moved.includes(metric)) };
}
