import type { DeviceId, EpochMs, MetricName } from "../../../model/basics.ts";
import type { Evidence } from "../../../model/diagnosis.ts";
import { qualityOf } from "../../../model/reading.ts";
import type { WorkOrderRow } from "../../../model/records.ts";
import { standardUnitOf } from "../../../model/units.ts";
import { isOpenOrder } from "../../../model/work-order.ts";
import { draftEvidence, type EvidenceDraft } from "../evidence-draft.ts";
import { capitalised, quantity } from "../evidence-text.ts";
import { metricName } from "../metric-names.ts";
import { leastSquaresPerMinute, mean, pooledDeviation } from "../series.ts";
import type { TelemetryWindow } from "../tools/fetch-telemetry-data.ts";
import type { AlertHistory } from "../tools/get-alert-history.ts";
import type { DeviceStatus } from "../tools/query-device-status.ts";

/** Results of the agent's tools as facts of the ledger: numbers and names from lists, no free text. */

/** Metrics of one call; the rest is left out. */
const METRICS_MAX = 8;
const ORDERS_MAX = 5;
/** A slope counts as one when over the window it moves by more than half the spread. */
const MOVES = 0.5;

interface Points {
  readonly at: EpochMs[];
  readonly values: number[];
}

export function statisticsDrafts(of: {
  readonly deviceId: DeviceId;
  /** False: a neighbour on the line. */
  readonly own: boolean;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly window: TelemetryWindow;
  readonly status: DeviceStatus;
}): readonly EvidenceDraft[] {
  const points = pointsOf(of.window, of.from);
  return [...points]
    .filter(([, { values }]) => values.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, METRICS_MAX)
    .map(([metric, series]) => statisticsDraft(of, metric, series));
}

function pointsOf(window: TelemetryWindow, from: EpochMs): Map<MetricName, Points> {
  const all = new Map<MetricName, Points>();
  const add = (metric: MetricName, at: EpochMs, value: number): void => {
    const points = all.get(metric) ?? { at: [], values: [] };
    points.at.push(at);
    points.values.push(value);
    all.set(metric, points);
  };
  const firstRaw = window.readings[0]?.measuredAt ?? Number.POSITIVE_INFINITY;
  // Raw readings reach back ten minutes; what lies before them is told by the minutes.
  for (const row of window.minutes) {
    if (row.minuteAt >= from && row.minuteAt + 60_000 <= firstRaw) {
      add(row.metric, row.minuteAt, row.avg);
    }
  }
  for (const reading of window.readings) {
    if (reading.measuredAt < from) continue;
    for (const [metric, value] of reading.values) {
      if (qualityOf(reading, metric) !== "bad") add(metric, reading.measuredAt, value);
    }
  }
  return all;
}

function statisticsDraft(
  of: Parameters<typeof statisticsDrafts>[0],
  metric: MetricName,
  { at, values }: Points,
): EvidenceDraft {
  const unit = of.status.device?.metrics[metric]?.unit ?? standardUnitOf(metric);
  const sd = pooledDeviation(values, []);
  const slope = leastSquaresPerMinute(at, values);
  const minutes = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 60_000;
  const moved = slope === null ? 0 : slope * minutes;
  const trend = Math.abs(moved) <= MOVES * sd || moved === 0 ? "steady" : moved > 0 ? "up" : "down";
  const first = values[0] ?? 0;
  const last = values.at(-1) ?? 0;
  const value: Evidence["value"] = {
    ...(of.own ? {} : { deviceId: of.deviceId }),
    readingsCount: values.length,
    mean: mean(values),
    min: Math.min(...values),
    max: Math.max(...values),
    sd,
    first,
    now: last,
    change: last - first,
    changePercent: first === 0 ? null : ((last - first) / first) * 100,
    slopePerMinute: slope,
    trend,
    windowMinutes: Math.round((of.to - of.from) / 60_000),
  };
  const name = metricName(metric);
  const whose = of.own ? { zh: "", en: "" } : { zh: `${of.deviceId} 的`, en: ` of ${of.deviceId}` };
  const text = {
    zh: `${whose.zh}${name.zh}均值 ${quantity(mean(values), unit)}，末值 ${quantity(last, unit)}`,
    en: `${capitalised(name.en)}${whose.en}: mean ${quantity(mean(values), unit)}, last ${quantity(last, unit)}`,
  };
  const query = `GET /api/v1/readings?device_id=${of.deviceId}&metric=${metric}&from=${of.from}&to=${of.to}`;
  const window = { from: of.from, to: of.to };
  return draftEvidence("statistics", { value, query, text }, { metric, unit, window });
}

export function statusDraft(deviceId: DeviceId, { device, view }: DeviceStatus): EvidenceDraft {
  const bad = Object.entries(view?.qualities ?? {}).filter(([, quality]) => quality === "bad");
  return draftEvidence("mode", {
    value: {
      deviceId,
      mode: device?.mode ?? null,
      deviceType: device?.deviceType ?? null,
      criticality: device?.criticality ?? null,
      baseline: view?.baseline ?? null,
      badCount: bad.length,
    },
    query: `GET /api/v1/devices/${deviceId}/status`,
    text: {
      zh: `${deviceId} 的运行方式为 ${device?.mode ?? "未知"}`,
      en: `The mode of ${deviceId} is ${device?.mode ?? "unknown"}`,
    },
  });
}

export function historyDraft(of: {
  readonly deviceId: DeviceId;
  readonly own: boolean;
  readonly days: number;
  readonly history: AlertHistory;
  readonly window: NonNullable<Evidence["window"]>;
}): EvidenceDraft {
  const { history, days, deviceId } = of;
  // The alarm that is being diagnosed is one of the device's own.
  const others = Math.max(0, history.alarmsCount - (of.own ? 1 : 0));
  const right = history.verdicts.filter(({ verdict }) => verdict.alarm === "right");
  const value = {
    deviceId,
    alarmsCount: others,
    withinDays: days,
    verdictsCount: history.verdicts.length,
    rightCount: right.length,
    lastCause: right[0]?.verdict.cause ?? null,
  };
  const text = {
    zh: `此前 ${days} 天内 ${deviceId} 另有 ${others} 次报警`,
    en: `In the ${days} days before, ${deviceId} had ${others} other alarms`,
  };
  const query = `GET /api/v1/alerts?device_id=${deviceId}`;
  return draftEvidence("history", { value, query, text }, { window: of.window });
}

export function orderDrafts(
  deviceId: DeviceId,
  orders: readonly WorkOrderRow[],
): readonly EvidenceDraft[] {
  const query = `GET /api/v1/work-orders?device_id=${deviceId}`;
  const openCount = orders.filter(({ status }) => isOpenOrder(status)).length;
  const all = draftEvidence("order", {
    value: { deviceId, ordersCount: orders.length, openCount },
    query,
    text: {
      zh: `${deviceId} 有 ${orders.length} 张工单，未结 ${openCount} 张`,
      en: `${deviceId} has ${orders.length} orders, ${openCount} of them open`,
    },
  });
  const newest = orders.slice(0, ORDERS_MAX).map((order) =>
    draftEvidence("order", {
      value: {
        deviceId,
        orderNo: order.orderNo,
        orderType: order.orderType,
        orderStatus: order.status,
        category: order.faultCategory,
        verdictCause: order.verdict?.cause ?? null,
        createdAt: order.createdAt,
      },
      query,
      text: {
        zh: `工单 ${order.orderNo}（${order.status}）`,
        en: `Order ${order.orderNo} (${order.status})`,
      },
    }),
  );
  return [all, ...newest];
}
