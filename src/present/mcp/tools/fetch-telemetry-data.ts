import { z } from "zod";
import type { MetricStatistics } from "../../../model/aggregate.ts";
import { MINUTE } from "../../../model/basics.ts";
import type { MetricBaseline } from "../../../model/detection.ts";
import type { MetricSpec } from "../../../model/device.ts";
import { standardUnitOf } from "../../../model/units.ts";
import { windowStatistics } from "../../../pipeline/aggregate/window-statistics.ts";
import { identifier, instantOut, toIso } from "../../../wire/basics.ts";
import { metricStatisticsOut, statisticsToWire } from "../../../wire/telemetry.ts";
import { findDevice } from "../../api/scope.ts";
import { defineTool } from "../tool.ts";

/** A day at one reading a second fits; of more the newest are taken, and the answer says so. */
const READINGS_MAX = 100_000;
const METRICS_MAX = 50;

const comparedOut = metricStatisticsOut.extend({
  baseline: z
    .object({
      mean: z.number(),
      sd: z.number(),
      sigmas: z
        .number()
        .nullable()
        .describe("(window mean − baseline mean) / sd; null: the baseline has no spread"),
      change_percent: z.number().nullable().describe("Of the mean; null: the baseline mean is 0"),
    })
    .nullable()
    .describe("Against what the device has learned to be healthy; null: nothing learned yet"),
  limits: z
    .object({
      ll: z.number().nullable(),
      l: z.number().nullable(),
      h: z.number().nullable(),
      hh: z.number().nullable().describe("The rated maximum"),
      beyond: z
        .enum(["ll", "l", "h", "hh"])
        .nullable()
        .describe("Limit that the last value is at or beyond"),
      percent_of_hh: z.number().nullable().describe("Largest value of the window as a share of hh"),
    })
    .nullable()
    .describe("null: the metric has no limits"),
});

const telemetryOut = z.object({
  device_id: identifier,
  window_mins: z.int(),
  from: instantOut,
  to: instantOut.describe("Exclusive"),
  readings: z.int().describe("How many the statistics stand on"),
  complete: z.boolean().describe("False: the window holds more; the newest were taken"),
  metrics: z.record(z.string(), comparedOut),
  metrics_left_out: z.int(),
});

/** What a device measured in a window, as numbers to reason with: never the readings themselves. */
export const fetchTelemetryData = defineTool({
  name: "fetch_telemetry_data",
  title: "Telemetry of a window",
  description:
    "Statistics per metric over the last minutes: count, mean, min, max, deviation, slope per hour, last value, compared with the learned baseline and the limits. Never raw readings.",
  action: "readings.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({
    device_id: identifier,
    window_mins: z.int().min(1).max(1440).default(60).describe("Minutes back from now"),
  }),
  output: telemetryOut,
  answer: async ({ device_id, window_mins }, { services, principal }) => {
    const device = findDevice(services.devices, principal, device_id);
    const to = services.clock.now() + 1;
    const from = to - window_mins * MINUTE;
    const [found, view] = await Promise.all([
      services.telemetry.readings({
        deviceId: device.deviceId,
        from,
        to,
        metrics: null,
        limit: READINGS_MAX + 1,
        order: "desc",
      }),
      services.view(device.deviceId),
    ]);
    const taken = found.slice(0, READINGS_MAX).toReversed();
    const all = [...windowStatistics(taken)].sort(([a], [b]) => (a < b ? -1 : 1));
    const metrics = all.slice(0, METRICS_MAX).map(([name, statistics]) => {
      const spec = device.metrics[name];
      const unit = spec?.unit ?? standardUnitOf(name);
      const baseline = compareBaseline(statistics, view?.metrics[name]);
      const limits = spec === undefined ? null : compareLimits(statistics, spec);
      return [name, { ...statisticsToWire(statistics, unit), baseline, limits }] as const;
    });
    return {
      device_id: device.deviceId,
      window_mins,
      from: toIso(from),
      to: toIso(to),
      readings: taken.length,
      complete: found.length <= READINGS_MAX,
      metrics: Object.fromEntries(metrics),
      metrics_left_out: all.length - metrics.length,
    };
  },
});

function compareBaseline(statistics: MetricStatistics, baseline: MetricBaseline | undefined) {
  if (baseline === undefined) return null;
  const { mean, sd } = baseline;
  const difference = statistics.mean - mean;
  return {
    mean,
    sd,
    sigmas: sd > 0 ? difference / sd : null,
    change_percent: mean === 0 ? null : (100 * difference) / Math.abs(mean),
  };
}

function compareLimits({ last, max }: MetricStatistics, spec: MetricSpec) {
  const { ll, l, h, hh } = spec;
  if (ll === null && l === null && h === null && hh === null) return null;
  const percent = hh === null || hh === 0 ? null : (100 * max) / hh;
  return { ll, l, h, hh, beyond: limitBeyond(last, spec), percent_of_hh: percent };
}

/** The outermost limit that a value has reached. */
function limitBeyond(value: number, { ll, l, h, hh }: MetricSpec): "ll" | "l" | "h" | "hh" | null {
  if (hh !== null && value >= hh) return "hh";
  if (ll !== null && value <= ll) return "ll";
  if (h !== null && value >= h) return "h";
  if (l !== null && value <= l) return "l";
  return null;
}
