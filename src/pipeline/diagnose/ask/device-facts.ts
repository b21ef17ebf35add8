import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import type { DeviceView } from "../../../model/detection.ts";
import type { Device } from "../../../model/device.ts";
import { draftEvidence, type EvidenceDraft } from "../evidence-draft.ts";
import { capitalised, quantity } from "../evidence-text.ts";
import { metricName } from "../metric-names.ts";
import type { DeviceStatus } from "../tools/query-device-status.ts";

/** Metrics that are told of; the rest is left out. */
const METRICS_MAX = 12;

/** The instant that facts about a device end at: its newest reading, or now where it has none. */
export function endOf(view: DeviceView | null, now: EpochMs): EpochMs {
  return view === null ? now : Math.min(view.last.timestamp, now);
}

/** Newest value of each metric against its limit and its healthy level. */
export function newestDrafts(
  deviceId: DeviceId,
  { device, view }: DeviceStatus,
): readonly EvidenceDraft[] {
  if (device === null || view === null) return [];
  return Object.entries(view.last.values)
    .filter(([metric]) => view.qualities[metric] !== "bad")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, METRICS_MAX)
    .map(([metric, now]) => newestDraft(deviceId, { device, view, metric, now }));
}

function newestDraft(
  deviceId: DeviceId,
  of: {
    readonly device: Device;
    readonly view: DeviceView;
    readonly metric: MetricName;
    readonly now: number;
  },
): EvidenceDraft {
  const { device, view, metric, now } = of;
  const spec = device.metrics[metric];
  const unit = spec?.unit ?? "1";
  const limit = spec?.hh ?? spec?.h ?? null;
  const healthy = view.metrics[metric]?.mean ?? null;
  const name = metricName(metric);
  const zh = [
    `${name.zh}最新值 ${quantity(now, unit)}`,
    ...(limit === null ? [] : [`上限 ${quantity(limit, unit)}`]),
    ...(healthy === null ? [] : [`健康水平 ${quantity(healthy, unit)}`]),
  ];
  const en = [
    `${capitalised(name.en)} is at ${quantity(now, unit)}`,
    ...(limit === null ? [] : [`its upper limit is ${quantity(limit, unit)}`]),
    ...(healthy === null ? [] : [`its healthy level ${quantity(healthy, unit)}`]),
  ];
  return draftEvidence(
    "margin",
    {
      value: {
        now,
        limit,
        lowLimit: spec?.ll ?? spec?.l ?? null,
        healthy,
        measuredAt: view.last.timestamp,
      },
      query: `GET /api/v1/devices/${deviceId}/status`,
      text: { zh: zh.join("，"), en: en.join(", ") },
    },
    { metric, unit },
  );
}
