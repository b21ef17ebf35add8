import type { Evidence } from "../../../model/diagnosis.ts";
import { rateUnit } from "../number-format.ts";

/** A number that evidence supports, with the unit it must be stated in. */
export interface SupportedValue {
  readonly value: number;
  /** null: a count, stated without a unit. */
  readonly unit: string | null;
  /** A part of something in per cent: never how much it changed. */
  readonly isShare?: true;
}

/** The last word of a key tells the unit; anything else is in the evidence's own unit. */
const suffixes: readonly (readonly [suffix: string, unit: string | null])[] = [
  ["Percent", "%"],
  ["Hours", "h"],
  ["Days", "d"],
  ["Count", null],
];

/** Pairs of values whose difference, percentage and ratio a report may state. */
const pairs: readonly (readonly [from: string, to: string])[] = [
  ["healthy", "now"],
  ["healthy", "recent"],
  ["limit", "now"],
  ["limit", "recent"],
  ["limit", "value"],
  ["healthy", "limit"],
];

/** Every number a sentence may state when it cites this evidence: its values and the listed derivations. */
export function supportedValues(evidence: Evidence): readonly SupportedValue[] {
  const own = evidence.unit === "1" ? null : evidence.unit;
  const values: SupportedValue[] = [];
  for (const [key, value] of Object.entries(evidence.value)) {
    if (typeof value === "number" && !key.endsWith("At")) values.push(...statable(key, value, own));
  }
  for (const [from, to] of pairs) {
    const base = evidence.value[from];
    const other = evidence.value[to];
    if (typeof base !== "number" || typeof other !== "number") continue;
    values.push({ value: other - base, unit: own });
    if (base === 0) continue;
    values.push({ value: ((other - base) / base) * 100, unit: "%" });
    values.push({ value: (other / base) * 100, unit: "%", isShare: true });
    values.push({ value: other / base, unit: "×" });
  }
  return values;
}

function statable(key: string, value: number, own: string | null): readonly SupportedValue[] {
  if (key.endsWith("PerMinute")) {
    return [
      { value, unit: rateUnit(own ?? "", "min") },
      { value: value * 60, unit: rateUnit(own ?? "", "h") },
    ];
  }
  if (key.endsWith("Minutes") || key === "minutesToLimit") return spans(value * 60);
  if (key.endsWith("Seconds")) return spans(value);
  if (key.endsWith("Ratio")) return [{ value, unit: "×" }];
  const suffix = suffixes.find(([end]) => key.endsWith(end));
  return [{ value, unit: suffix === undefined ? own : suffix[1] }];
}

/** A span may be stated in seconds, minutes or hours. */
function spans(seconds: number): readonly SupportedValue[] {
  return [
    { value: seconds, unit: "s" },
    { value: seconds / 60, unit: "min" },
    { value: seconds / 3600, unit: "h" },
  ];
}
