import type { MetricName } from "../../../model/basics.ts";
import type { Quality, Reading, SourceQuantity, ValueFault } from "../../../model/reading.ts";
import { floatOf } from "./line-protocol.ts";

/** What a reading says of its metrics besides plain numbers. */
export interface ReadingMarks {
  readonly qualities: ReadonlyMap<MetricName, Quality> | null;
  readonly faults: ReadonlyMap<MetricName, ValueFault> | null;
  readonly sources: ReadonlyMap<MetricName, SourceQuantity> | null;
}

/** null: it says nothing besides plain numbers, as nearly all readings do. */
export function marksOf({ qualities, faults, sources }: ReadingMarks): ReadingMarks | null {
  if (qualities === null && faults === null && sources === null) return null;
  return { qualities, faults, sources };
}

/** Every metric that a reading says something about. */
export function metricsOf(reading: Reading): readonly MetricName[] {
  const { values, qualities, faults } = reading;
  if (qualities === null && faults === null) return [...values.keys()];
  return [...new Set([...values.keys(), ...(faults?.keys() ?? []), ...(qualities?.keys() ?? [])])];
}

/** The marks of the metrics asked for; null: there are none. */
export function marksFor(
  marks: ReadingMarks | null,
  metrics: ReadonlySet<MetricName>,
): ReadingMarks | null {
  if (marks === null) return null;
  return marksOf({
    qualities: only(marks.qualities, metrics),
    faults: only(marks.faults, metrics),
    sources: only(marks.sources, metrics),
  });
}

/** Marks of two readings of one instant that speak of different metrics. */
export function joinMarks(a: ReadingMarks | null, b: ReadingMarks | null): ReadingMarks | null {
  if (a === null) return b;
  if (b === null) return a;
  return {
    qualities: joined(a.qualities, b.qualities),
    faults: joined(a.faults, b.faults),
    sources: joined(a.sources, b.sources),
  };
}

function only<V>(
  map: ReadonlyMap<MetricName, V> | null,
  metrics: ReadonlySet<MetricName>,
): ReadonlyMap<MetricName, V> | null {
  const found = [...(map ?? [])].filter(([metric]) => metrics.has(metric));
  return found.length === 0 ? null : new Map(found);
}

function joined<V>(
  a: ReadonlyMap<MetricName, V> | null,
  b: ReadonlyMap<MetricName, V> | null,
): ReadonlyMap<MetricName, V> | null {
  return a === null ? b : b === null ? a : new Map([...a, ...b]);
}

/*
 * In the database: a text beside the numbers, present only where there is something to say:
 * {"quality":[[metric,quality]…],"fault":[[metric,code,raw]…],"source":[[metric,value,unit]…]}. Source values are
 * texts, because JSON knows no −0.
 */
interface MarksText {
  readonly quality?: readonly (readonly [MetricName, Quality])[];
  readonly fault?: readonly (readonly [MetricName, string, string])[];
  readonly source?: readonly (readonly [MetricName, string, string])[];
}

export function textOfMarks({ qualities, faults, sources }: ReadingMarks): string {
  const text: MarksText = {
    ...(qualities === null ? {} : { quality: [...qualities] }),
    ...(faults === null
      ? {}
      : { fault: [...faults].map(([metric, { code, raw }]) => [metric, code, raw] as const) }),
    ...(sources === null
      ? {}
      : {
          source: [...sources].map(
            ([metric, { value, unit }]) => [metric, floatOf(value), unit] as const,
          ),
        }),
  };
  return JSON.stringify(text);
}

export function marksOfText(text: string): ReadingMarks {
  const { quality, fault, source } = JSON.parse(text) as MarksText;
  return {
    qualities: quality === undefined ? null : new Map(quality),
    faults:
      fault === undefined
        ? null
        : new Map(fault.map(([metric, code, raw]) => [metric, { code, raw }])),
    sources:
      source === undefined
        ? null
        : new Map(source.map(([metric, value, unit]) => [metric, { value: Number(value), unit }])),
  };
}
