import type { VerdictRow } from "../../model/records.ts";
import type { Verdict } from "../../model/work-order.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

/** How often the alarms of one rule or detector were right. */
export interface VerdictShare {
  readonly name: string;
  readonly right: number;
  readonly wrong: number;
  readonly unclear: number;
  /** right of right and wrong; null: none judged yet. */
  readonly precision: number | null;
}

export interface WorkOrderStatistics {
  readonly closed: number;
  readonly byDetector: readonly VerdictShare[];
  readonly byRule: readonly VerdictShare[];
  /** What it turned out to be, most frequent first. */
  readonly causes: readonly { readonly cause: Verdict["cause"]; readonly count: number }[];
  /** Predicted against found: the diagonal is where the diagnosis was right. */
  readonly confusion: readonly {
    readonly predicted: Verdict["cause"];
    readonly found: Verdict["cause"];
    readonly count: number;
  }[];
  /** Share of closed orders whose cause was the predicted one; null: none was predicted. */
  readonly causeAgreement: number | null;
}

/** Computes what the close-outs say about detectors, rules and diagnoses. */
export async function readStatistics(
  tx: Pick<RecordTransaction, "list">,
): Promise<WorkOrderStatistics> {
  return statisticsOf(await tx.list("verdict", {}));
}

/** Pure; order of rows does not matter. */
export function statisticsOf(rows: readonly VerdictRow[]): WorkOrderStatistics {
  const predicted = rows.flatMap((row) =>
    row.predicted === null ? [] : [{ predicted: row.predicted, found: row.verdict.cause }],
  );
  const agreed = predicted.filter((pair) => pair.predicted === pair.found).length;
  return {
    closed: rows.length,
    byDetector: sharesBy(rows, (row) => row.detectors),
    byRule: sharesBy(rows, (row) => row.ruleIds),
    causes: tally(rows.map((row) => ({ cause: row.verdict.cause }))),
    confusion: tally(predicted),
    causeAgreement: predicted.length === 0 ? null : agreed / predicted.length,
  };
}

function sharesBy(
  rows: readonly VerdictRow[],
  namesOf: (row: VerdictRow) => readonly string[],
): readonly VerdictShare[] {
  const names = [...new Set(rows.flatMap(namesOf))].sort();
  return names.map((name) => {
    const verdicts = rows.filter((row) => namesOf(row).includes(name)).map((row) => row.verdict);
    const count = (alarm: Verdict["alarm"]): number =>
      verdicts.filter((verdict) => verdict.alarm === alarm).length;
    const [right, wrong, unclear] = [count("right"), count("wrong"), count("unclear")];
    const judged = right + wrong;
    return { name, right, wrong, unclear, precision: judged === 0 ? null : right / judged };
  });
}

/** Equal items counted, the most frequent first, ties in order of their text. */
function tally<T extends Readonly<Record<string, string>>>(
  items: readonly T[],
): readonly (T & { readonly count: number })[] {
  const counts = new Map<string, { readonly item: T; count: number }>();
  for (const item of items) {
    const key = Object.values(item).join("\t");
    const entry = counts.get(key) ?? { item, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  return [...counts]
    .sort(([a, left], [b, right]) => right.count - left.count || (a < b ? -1 : 1))
    .map(([, { item, count }]) => ({ ...item, count }));
}
