import type { AggregateRow } from "../../model/aggregate.ts";
import { type EpochMs, HOUR, type MetricName } from "../../model/basics.ts";
import { findTrend } from "../../pipeline/predict/limit/find-trend.ts";
import {
  type LimitCandidate,
  limitCandidates,
} from "../../pipeline/predict/limit/limit-candidates.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { mean } from "./eval-set.ts";
import { episodesAt, type Watched } from "./recorded-views.ts";
import type { Told } from "./reliability-picture.ts";

/** What the product would have said at one moment, of the limit that is nearest in time. */
export interface ForecastAt {
  readonly at: EpochMs;
  readonly candidate: LimitCandidate;
}

/** Forecasts every `everyMs` while a trend is flagged, until `until`; each sees only what came before it. */
export async function forecastsOf(
  watched: Watched,
  { everyMs, until }: { readonly everyMs: number; readonly until: EpochMs },
): Promise<readonly ForecastAt[]> {
  const telemetry = telemetryOver(watched);
  const made: ForecastAt[] = [];
  let next = 0;
  for (const { at, view } of watched.rows) {
    if (at < next || at >= until || view.baseline === "learning") continue;
    next = at + everyMs;
    const since = findTrend(episodesAt(watched.episodes, at), at);
    if (since === null) continue;
    const trend = { since, now: at + 1, view };
    const candidates = await limitCandidates(telemetry, watched.device, trend);
    const soonest = candidates.toSorted(
      (a, b) => b.forecast.probability(24) - a.forecast.probability(24),
    )[0];
    if (soonest !== undefined) made.push({ at, candidate: soonest });
  }
  return made;
}

/** When a metric reached its limit first; null: never. */
export function reachedAt(watched: Watched, metric: MetricName, limit: number): EpochMs | null {
  const found = watched.rows.find(({ values }) => (values.get(metric) ?? 0) >= limit);
  return found?.at ?? null;
}

export interface BrierScore {
  readonly forecasts: number;
  readonly reached: number;
  readonly brier: number;
  readonly brierOfBaseRate: number;
  readonly cases: readonly Told[];
}

/** Forecasts of one horizon against what happened; those whose time outlasts the recording are left out. */
export function brierOf(
  made: readonly ForecastAt[],
  horizonH: number,
  truth: { readonly reachedAt: EpochMs | null; readonly endAt: EpochMs },
): BrierScore {
  const cases = made.flatMap(({ at, candidate }) => {
    const due = at + horizonH * HOUR;
    const reached = truth.reachedAt !== null && truth.reachedAt <= due;
    if (!reached && due > truth.endAt) return [];
    return [{ probability: candidate.forecast.probability(horizonH), happened: reached }];
  });
  const rate = mean(cases.map(({ happened }) => Number(happened)));
  return {
    forecasts: cases.length,
    reached: cases.filter(({ happened }) => happened).length,
    brier: mean(cases.map(({ probability, happened }) => (probability - Number(happened)) ** 2)),
    brierOfBaseRate: mean(cases.map(({ happened }) => (rate - Number(happened)) ** 2)),
    cases,
  };
}

/** The rows of a recording as a store would give their steps. */
function telemetryOver({ device, rows }: Watched): Pick<TelemetryStore, "aggregates"> {
  return {
    aggregates: async ({ from, to, metrics, stepMs }) => {
      const steps = new Map<string, { metric: MetricName; at: EpochMs; sum: number; n: number }>();
      for (const { at, values } of rows) {
        if (at < from || at >= to) continue;
        for (const metric of metrics ?? values.keys()) {
          const value = values.get(metric);
          if (value === undefined) continue;
          const begin = Math.floor(at / stepMs) * stepMs;
          const step = steps.get(`${metric} ${begin}`) ?? { metric, at: begin, sum: 0, n: 0 };
          steps.set(`${metric} ${begin}`, { ...step, sum: step.sum + value, n: step.n + 1 });
        }
      }
      return [...steps.values()].map(({ metric, at, sum, n }): AggregateRow => {
        const avg = sum / n;
        const one = { avg, min: avg, max: avg, last: avg, stddev: 0, count: n };
        return { deviceId: device.deviceId, metric, minuteAt: at, ...one };
      });
    },
  };
}
