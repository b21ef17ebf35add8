import type { AggregateRow } from "../../model/aggregate.ts";
import type { AlarmCondition, AlarmSnapshot } from "../../model/alarm.ts";
import type { MetricName } from "../../model/basics.ts";
import { qualityOf } from "../../model/reading.ts";
import { standardUnitOf } from "../../model/units.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import { type MetricFact, type MetricInput, metricFactOf, type Series } from "./metric-fact.ts";

/** The facts of all metrics of an alarm's device, the most telling first; pure. */
export function metricFactsOf(sources: EvidenceSources): readonly MetricFact[] {
  const series = seriesOf(sources);
  const minutes = minutesOf(sources);
  const shares = sharesOf(sources.alert.snapshot);
  const names = new Set([...series.keys(), ...Object.keys(shares), ...assertedMetrics(sources)]);
  return [...names]
    .map((metric) =>
      metricFactOf({
        metric,
        series: series.get(metric) ?? { at: [], values: [] },
        minutes: minutes.get(metric) ?? [],
        share: shares[metric] ?? 0,
        firstSeenAt: sources.alert.snapshot.firstSeenAt,
        asserted: assertedOf(sources, metric),
        learned: learnedLevel(sources, metric),
        ...specOf(sources, metric),
      }),
    )
    .sort((a, b) => tellingRank(a) - tellingRank(b) || b.share - a.share || byName(a, b));
}

function tellingRank(fact: MetricFact): number {
  if (fact.bad || fact.stuck) return 0;
  if (fact.direction === "up" || fact.direction === "down") return 1;
  if (fact.noisy) return 2;
  return fact.direction === "unknown" ? 3 : 4;
}

function byName(a: MetricFact, b: MetricFact): number {
  return a.metric < b.metric ? -1 : 1;
}

/** Usable values per metric, ending with those of the reading that raised the alarm. */
function seriesOf(sources: EvidenceSources): Map<MetricName, Series> {
  const building = new Map<MetricName, { at: number[]; values: number[] }>();
  const add = (metric: MetricName, at: number, value: number): void => {
    const series = building.get(metric) ?? { at: [], values: [] };
    building.set(metric, series);
    if (at <= (series.at.at(-1) ?? -1)) return;
    series.at.push(at);
    series.values.push(value);
  };
  for (const reading of sources.telemetry.ok ? sources.telemetry.value.readings : []) {
    for (const [metric, value] of reading.values) {
      if (qualityOf(reading, metric) !== "bad") add(metric, reading.measuredAt, value);
    }
  }
  const raised = sources.alert.snapshot.reading;
  if (raised !== null) {
    for (const [metric, value] of Object.entries(raised.values)) {
      if (assertedOf(sources, metric) !== "bad") add(metric, raised.timestamp, value);
    }
  }
  return building;
}

function minutesOf(sources: EvidenceSources): Map<MetricName, AggregateRow[]> {
  const minutes = new Map<MetricName, AggregateRow[]>();
  for (const row of sources.telemetry.ok ? sources.telemetry.value.minutes : []) {
    const rows = minutes.get(row.metric) ?? [];
    rows.push(row);
    minutes.set(row.metric, rows);
  }
  return minutes;
}

/** Shares of the deviation; the largest where several conditions name the metric. */
export function sharesOf(snapshot: AlarmSnapshot): Readonly<Record<MetricName, number>> {
  const shares: Record<MetricName, number> = {};
  for (const condition of snapshot.conditions) {
    for (const [metric, share] of Object.entries(condition.contributions)) {
      shares[metric] = Math.max(shares[metric] ?? 0, share);
    }
  }
  return shares;
}

function learnedLevel(sources: EvidenceSources, metric: MetricName): MetricInput["learned"] {
  const atOpening = sources.alert.snapshot.healthy[metric];
  if (atOpening !== undefined) return atOpening;
  const view = sources.status.ok ? sources.status.value.view : null;
  if (view === null || view.baseline === "learning") return null;
  return view.metrics[metric] ?? null;
}

function specOf(sources: EvidenceSources, metric: MetricName): Pick<MetricInput, "spec" | "unit"> {
  const device = sources.status.ok ? sources.status.value.device : null;
  const spec = device?.metrics[metric] ?? null;
  return { spec, unit: spec?.unit ?? standardUnitOf(metric) };
}

function activeConditions(sources: EvidenceSources): readonly AlarmCondition[] {
  const { conditions } = sources.alert.snapshot;
  const active = conditions.filter((condition) => condition.active);
  return active.length > 0 ? active : conditions;
}

function assertedMetrics(sources: EvidenceSources): readonly MetricName[] {
  return activeConditions(sources).flatMap((condition) =>
    condition.condition.startsWith("sensor_") ? condition.metrics : [],
  );
}

/** What a condition's name says of its metric: a limit that was crossed is a direction by itself. */
function assertedOf(sources: EvidenceSources, metric: MetricName): MetricInput["asserted"] {
  const view = sources.status.ok ? sources.status.value.view : null;
  if (view?.qualities[metric] === "bad") return "bad";
  for (const { condition, metrics } of activeConditions(sources)) {
    if (!metrics.includes(metric)) continue;
    if (condition === "sensor_stuck") return "stuck";
    if (condition === "sensor_range") return "bad";
    if (condition.startsWith("low_")) return "down";
    if (condition.startsWith("high_") || condition.startsWith("over_")) return "up";
  }
  return null;
}
