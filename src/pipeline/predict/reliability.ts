import type {
  ForecastMethod,
  ForecastRow,
  Reliability,
  ReliabilityBin,
} from "../../model/prediction.ts";

/** Horizons that earn a record of their own, hours; one between two is judged by the longer. */
export const recordHorizons = [6, 24, 72, 168] as const;

/** Fewer scored forecasts say nothing yet: those of one hour and the next resemble each other. */
export const SCORED_MIN = 50;
/** Up to this horizon first passages had skill on recordings (docs/accuracy.md); longer ones earn it in the plant. */
const SHIPPED_HORIZON_H = 24;
const BINS = 5;

/** The record that a horizon is judged by; the longest also judges what lies beyond it. */
export function recordHorizon(horizonH: number): number {
  return recordHorizons.find((horizon) => horizon >= horizonH) ?? recordHorizons[3];
}

/** The record of every kind of forecast among these rows, by type, method and horizon. */
export function reliabilityOf(rows: readonly ForecastRow[]): readonly Reliability[] {
  const kinds = new Map<string, ForecastRow[]>();
  for (const row of rows) {
    const kind = `${row.deviceType}\n${row.method}\n${recordHorizon(row.horizonH)}`;
    const list = kinds.get(kind);
    if (list === undefined) kinds.set(kind, [row]);
    else list.push(row);
  }
  return [...kinds.values()]
    .flatMap((kind) => {
      const [first] = kind;
      return first === undefined ? [] : [recordOf(first, kind)];
    })
    .toSorted(
      (a, b) =>
        compare(a.deviceType, b.deviceType) ||
        compare(a.method, b.method) ||
        a.horizonH - b.horizonH,
    );
}

function recordOf(first: ForecastRow, rows: readonly ForecastRow[]): Reliability {
  const horizonH = recordHorizon(first.horizonH);
  const scored = rows.filter(({ outcome }) => outcome === "reached" || outcome === "not_reached");
  const reached = scored.filter(({ outcome }) => outcome === "reached").length;
  const rate = reached / Math.max(1, scored.length);
  const brier = meanOf(scored.map((row) => (row.probability - happened(row)) ** 2));
  const brierOfBaseRate = meanOf(scored.map((row) => (rate - happened(row)) ** 2));
  const skill = scored.length < SCORED_MIN ? null : skillOf(brier ?? 0, brierOfBaseRate ?? 0);
  return {
    deviceType: first.deviceType,
    method: first.method,
    horizonH,
    scored: scored.length,
    unknown: rows.filter(({ outcome }) => outcome === "unknown").length,
    reached,
    brier,
    brierOfBaseRate,
    skill,
    state: stateOf(first.method, horizonH, skill),
    bins: binsOf(scored),
  };
}

/** Where a limit was never (or always) reached the base rate is perfect: skill is then never above 0. */
function skillOf(brier: number, brierOfBaseRate: number): number {
  return brierOfBaseRate > 0 ? 1 - brier / brierOfBaseRate : brier > 0.01 ? -1 : 0;
}

/**
 * Whether forecasts of this kind are shown. A record decides as soon as there is one; without it first passages are
 * shown as far as they had skill on recordings, and models, which bring their own cross-validated skill, always.
 */
export function stateOf(
  method: ForecastMethod,
  horizonH: number,
  skill: number | null,
): Reliability["state"] {
  if (skill !== null) return skill > 0 ? "shown" : "off";
  if (method === "boosted_trees") return "shown";
  return horizonH <= SHIPPED_HORIZON_H ? "shown" : "shadow";
}

function binsOf(scored: readonly ForecastRow[]): readonly ReliabilityBin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const from = bin / BINS;
    const to = (bin + 1) / BINS;
    const part = scored.filter(
      ({ probability }) => probability >= from && (probability < to || bin === BINS - 1),
    );
    return {
      from,
      to,
      count: part.length,
      predicted: meanOf(part.map(({ probability }) => probability)),
      observed: meanOf(part.map(happened)),
    };
  });
}

function happened({ outcome }: ForecastRow): number {
  return outcome === "reached" ? 1 : 0;
}

function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
