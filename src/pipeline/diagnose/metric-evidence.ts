import type { Evidence } from "../../model/diagnosis.ts";
import type { Explanation } from "../../model/rule.ts";
import { draftEvidence, type EvidenceDraft } from "./evidence-draft.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import { changeText, marginText, responseTexts, steadyText, trendText } from "./evidence-text.ts";
import type { MetricFact } from "./metric-fact.ts";
import { sharesOf } from "./metric-facts.ts";
import { metricName } from "./metric-names.ts";
import { formatPercent, type PlantTime } from "./number-format.ts";

/** Metrics whose trend is worth a sentence. */
const TRENDS = 2;
const respondWithinMinutes = { P0: 5, P1: 30, P2: null, P3: null } as const;

/** Facts about what the device measured: changes, what stayed, margin, shares, trends. */
export function metricEvidence(
  sources: EvidenceSources,
  facts: readonly MetricFact[],
  time: PlantTime,
): readonly EvidenceDraft[] {
  const moved = facts.filter(isTelling);
  const steady = facts.filter((fact) => !isTelling(fact));
  return [
    ...moved.map((fact) => changeEvidence(sources, fact, time)),
    ...steady.map((fact) => steadyEvidence(sources, fact)),
    severityEvidence(sources, facts),
    ...limitEvidence(sources),
    ...contributionEvidence(sources),
    ...moved
      .filter((fact) => hasTrend(fact))
      .slice(0, TRENDS)
      .map((fact) => trendEvidence(sources, fact)),
  ];
}

/** True for a metric that did something, or of which nothing is known. */
export function isTelling(fact: MetricFact): boolean {
  return fact.direction !== "steady" || fact.noisy || fact.stuck || fact.bad;
}

function windowOf(sources: EvidenceSources): Evidence["window"] {
  if (!sources.telemetry.ok) return null;
  return { from: sources.telemetry.value.from, to: sources.telemetry.value.to };
}

function queryOf(sources: EvidenceSources, fact: MetricFact): string {
  const device = `device_id=${sources.alert.deviceId}`;
  const window = windowOf(sources);
  if (window === null) return `alert ${sources.alert.traceId}`;
  return `GET /api/v1/readings?${device}&metric=${fact.metric}&from=${window.from}&to=${window.to}`;
}

function changeEvidence(
  sources: EvidenceSources,
  fact: MetricFact,
  time: PlantTime,
): EvidenceDraft {
  const { recent, healthy, changedAt } = fact;
  const change = recent === null || healthy === null ? null : recent - healthy;
  const compared = change !== null && healthy !== null && healthy !== 0;
  const value = {
    direction: fact.direction,
    behaviour: behaviourWord(fact),
    now: fact.now,
    recent,
    healthy,
    healthySd: fact.healthySd,
    healthyFrom: fact.healthyFrom,
    change,
    changePercent: compared ? (change / healthy) * 100 : null,
    changeRatio: compared && recent !== null ? recent / healthy : null,
    noiseRatio: fact.noiseRatio,
    changedAt,
    durationSeconds: changedAt === null ? null : (sources.until - changedAt) / 1000,
    sharePercent: fact.share * 100,
    readingsCount: fact.rows,
  };
  const content = { value, query: queryOf(sources, fact), text: changeText(fact, time) };
  const { metric, unit } = fact;
  return draftEvidence("metric_change", content, { metric, unit, window: windowOf(sources) });
}

function behaviourWord(fact: MetricFact): string {
  if (fact.bad) return "bad";
  if (fact.stuck) return "stuck";
  return fact.noisy ? "noisy" : "plain";
}

function steadyEvidence(sources: EvidenceSources, fact: MetricFact): EvidenceDraft {
  const { recent, healthy } = fact;
  const change = recent === null || healthy === null ? null : recent - healthy;
  const value = {
    direction: "steady",
    now: fact.now,
    recent,
    healthy,
    healthySd: fact.healthySd,
    change,
    changePercent: change === null || healthy === null ? null : (change / healthy) * 100,
    readingsCount: fact.rows,
  };
  const content = { value, query: queryOf(sources, fact), text: steadyText(fact) };
  const { metric, unit } = fact;
  return draftEvidence("metric_steady", content, { metric, unit, window: windowOf(sources) });
}

/** Severity and margin belong together: the one is computed from the other. */
function severityEvidence(sources: EvidenceSources, facts: readonly MetricFact[]): EvidenceDraft {
  const { severity, margin, worstMetric, reading } = sources.alert.snapshot;
  const query = `GET /api/v1/alerts/${sources.alert.traceId}`;
  const value = { severity, respondWithinMinutes: respondWithinMinutes[severity] };
  const fact = facts.find((item) => item.metric === worstMetric);
  const now = worstMetric === null ? undefined : reading?.values[worstMetric];
  const limit = fact === undefined ? null : limitOf(sources, fact, now);
  if (fact === undefined || now === undefined || limit === null || margin === null) {
    return draftEvidence("margin", { value, query, text: responseTexts[severity] });
  }
  const text = marginText(fact, { now, limit, percent: margin * 100 });
  return draftEvidence(
    "margin",
    {
      value: { ...value, now, limit, healthy: fact.healthy, marginPercent: margin * 100 },
      query,
      text,
    },
    { metric: fact.metric, unit: fact.unit },
  );
}

/** The limit that the margin counts to: the one on the side of the present value. */
function limitOf(
  sources: EvidenceSources,
  fact: MetricFact,
  now: number | undefined,
): number | null {
  if (fact.limit !== null) return fact.limit;
  const device = sources.status.ok ? sources.status.value.device : null;
  const spec = device?.metrics[fact.metric];
  if (spec === undefined || now === undefined) return null;
  const below = fact.healthy !== null && now < fact.healthy;
  return below ? (spec.ll ?? spec.l) : (spec.hh ?? spec.h);
}

function limitEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  return sources.alert.snapshot.conditions.flatMap((condition) => {
    if (!condition.active || condition.explanation === null) return [];
    const clause = decisiveClause(condition.explanation);
    if (clause === null) return [];
    const value = {
      condition: condition.condition,
      clause: clause.clause,
      value: clause.value,
      limit: clause.limit,
      ruleId: condition.ruleId,
      ruleVersion: condition.ruleVersion === null ? null : `v${condition.ruleVersion}`,
    };
    const text = {
      zh: `条件“${clause.clause}”成立`,
      en: `The condition “${clause.clause}” holds`,
    };
    const query = `GET /api/v1/alerts/${sources.alert.traceId}`;
    const metric = condition.metrics[0];
    const options = {
      ...(metric === undefined ? {} : { metric }),
      ...(clause.unit === null ? {} : { unit: clause.unit }),
    };
    return [draftEvidence("limit", { value, query, text }, options)];
  });
}

/** The first clause that holds and was compared with a number. */
function decisiveClause(explanation: Explanation): Explanation | null {
  if (explanation.children.length === 0) {
    return explanation.holds === true && explanation.value !== null ? explanation : null;
  }
  for (const child of explanation.children) {
    const found = decisiveClause(child);
    if (found !== null) return found;
  }
  return null;
}

function contributionEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  const shares = Object.entries(sharesOf(sources.alert.snapshot)).sort((a, b) => b[1] - a[1]);
  const [metric, share] = shares[0] ?? [];
  if (metric === undefined || share === undefined || share <= 0) return [];
  const name = metricName(metric);
  const percent = `${formatPercent(share * 100)} %`;
  const content = {
    value: Object.fromEntries(shares.map(([key, part]) => [`${key}Percent`, part * 100])),
    query: `GET /api/v1/anomalies?device_id=${sources.alert.deviceId}`,
    text: {
      zh: `偏离的 ${percent} 来自${name.zh}`,
      en: `${percent} of the deviation comes from ${name.en}`,
    },
  };
  return [draftEvidence("contribution", content, { metric, unit: "%" })];
}

function hasTrend(fact: MetricFact): boolean {
  const { slopePerMinute, direction, healthySd } = fact;
  if (slopePerMinute === null || fact.stuck || fact.bad) return false;
  if (Math.abs(slopePerMinute) < (healthySd ?? 0)) return false;
  return slopePerMinute > 0 ? direction === "up" : direction === "down";
}

function trendEvidence(sources: EvidenceSources, fact: MetricFact): EvidenceDraft {
  const content = {
    value: {
      direction: fact.direction,
      slopePerMinute: fact.slopePerMinute,
      recent: fact.recent,
      limit: fact.limit,
      minutesToLimit: fact.minutesToLimit,
    },
    query: queryOf(sources, fact),
    text: trendText(fact),
  };
  const { metric, unit } = fact;
  return draftEvidence("trend", content, { metric, unit, window: windowOf(sources) });
}
