import type { MetricName } from "../../model/basics.ts";
import type { BilingualText, Evidence } from "../../model/diagnosis.ts";
import { canonicalNumber } from "./number-format.ts";

/** Evidence before it has its number. */
export type EvidenceDraft = Omit<Evidence, "id">;

type Value = Evidence["value"];

export interface DraftOptions {
  readonly metric?: MetricName;
  readonly unit?: string;
  readonly window?: Evidence["window"];
}

/** A draft whose value is canonical: keys sorted, numbers finite and of six significant digits. */
export function draftEvidence(
  kind: Evidence["kind"],
  content: { readonly value: Value; readonly query: string; readonly text: BilingualText },
  options: DraftOptions = {},
): EvidenceDraft {
  return {
    kind,
    metric: options.metric ?? null,
    value: canonicalValue(content.value),
    unit: options.unit ?? null,
    window: options.window ?? null,
    query: content.query,
    text: content.text,
  };
}

function canonicalValue(value: Value): Value {
  const entries = Object.entries(value).map(([key, item]): [string, Value[string]] => {
    if (typeof item !== "number") return [key, item];
    return [key, Number.isFinite(item) ? canonicalNumber(item) : null];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
