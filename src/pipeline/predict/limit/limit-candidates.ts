import { type EpochMs, type MetricName, MINUTE, type Ms } from "../../../model/basics.ts";
import type { DeviceView } from "../../../model/detection.ts";
import type { Device } from "../../../model/device.ts";
import type { BilingualText } from "../../../model/diagnosis.ts";
import type { ForecastLimit } from "../../../model/prediction.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import { levelAndLimit, wayAnHour } from "../forecast-words.ts";
import { forecastLimit, type LimitForecast, TREND_VALUES_MIN } from "./limit-forecast.ts";

/** Steps that a trend is read in, at most, and metrics that are looked at: what one forecast may cost. */
const STEPS_MAX = 480;
const METRICS_MAX = 8;

/** A limit that a trend may reach, and what the trend says of it. */
export interface LimitCandidate {
  readonly limit: ForecastLimit;
  readonly unit: string;
  readonly forecast: LimitForecast;
  readonly since: EpochMs;
  readonly until: EpochMs;
}

/** Every limited metric of a device with enough values since its trend began, from the minutes of the store. */
export async function limitCandidates(
  telemetry: Pick<TelemetryStore, "aggregates">,
  device: Device,
  trend: { readonly since: EpochMs; readonly now: EpochMs; readonly view: DeviceView },
): Promise<readonly LimitCandidate[]> {
  const limits = limitsOf(device, trend.view).slice(0, METRICS_MAX);
  if (limits.length === 0) return [];
  const rows = await telemetry.aggregates({
    deviceId: device.deviceId,
    from: trend.since,
    to: trend.now,
    metrics: [...new Set(limits.map(({ metric }) => metric))],
    stepMs: stepOf(trend.now - trend.since),
    limit: (STEPS_MAX + 2) * METRICS_MAX,
  });
  return limits.flatMap(({ metric, rated, isHigh }) => {
    const own = rows.filter((row) => row.metric === metric);
    if (own.length < TREND_VALUES_MIN) return [];
    const at = own.map(({ minuteAt }) => minuteAt);
    const forecast = forecastLimit({ at, values: own.map(({ avg }) => avg) }, rated, isHigh);
    if (forecast === null) return [];
    return [
      {
        limit: { metric, value: forecast.level, rated },
        unit: device.metrics[metric]?.unit ?? "",
        forecast,
        since: at[0] ?? trend.since,
        until: at.at(-1) ?? trend.now,
      },
    ];
  });
}

/** In words of the plant, for whoever asks why. */
export function evidenceOf({ limit, unit, forecast }: LimitCandidate): readonly BilingualText[] {
  return [levelAndLimit(limit.metric, { ...limit, unit }), wayAnHour(forecast)];
}

function limitsOf(
  device: Device,
  view: DeviceView,
): readonly { readonly metric: MetricName; readonly rated: number; readonly isHigh: boolean }[] {
  return Object.entries(device.metrics)
    .filter(([metric]) => view.last.values[metric] !== undefined)
    .flatMap(([metric, { hh, ll }]) => [
      ...(hh === null ? [] : [{ metric, rated: hh, isHigh: true }]),
      ...(ll === null ? [] : [{ metric, rated: ll, isHigh: false }]),
    ])
    .toSorted((a, b) => nearness(view, b) - nearness(view, a));
}

/** Share of the way from the healthy level to the limit. */
function nearness(
  view: DeviceView,
  limit: { readonly metric: MetricName; readonly rated: number },
) {
  const healthy = view.metrics[limit.metric]?.referenceMean ?? 0;
  return ((view.last.values[limit.metric] ?? healthy) - healthy) / (limit.rated - healthy || 1);
}

function stepOf(span: Ms): Ms {
  return Math.max(1, Math.floor(span / (STEPS_MAX * MINUTE)) + 1) * MINUTE;
}
