const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spans that are one click away. */
export const spans = [
  ["5m", 5 * MINUTE],
  ["1h", HOUR],
  ["8h", 8 * HOUR],
  ["24h", DAY],
  ["7d", 7 * DAY],
] as const;
export type SpanName = (typeof spans)[number][0];

const shortest = 10_000;
const longest = 7 * DAY;

/** A stretch of time: one that ends now and moves on, or a fixed one. */
export type Range =
  | { readonly live: true; readonly name: SpanName; readonly spanMs: number }
  | { readonly live: false; readonly from: number; readonly to: number };

/** The range as it stands in the address; without one, the last hour. */
export function rangeOf(params: URLSearchParams): Range {
  const from = Number(params.get("from"));
  const to = Number(params.get("to"));
  if (from > 0 && to > from) return { live: false, ...within(from, to) };
  const name = params.get("range");
  const [found, spanMs] = spans.find(([each]) => each === name) ?? (["1h", HOUR] as const);
  return { live: true, name: found, spanMs };
}

/** The nearest range that can be shown. */
export function within(from: number, to: number): { readonly from: number; readonly to: number } {
  const span = Math.min(Math.max(to - from, shortest), longest);
  const middle = (from + to) / 2;
  return { from: Math.round(middle - span / 2), to: Math.round(middle + span / 2) };
}

/** What the address says of a fixed range. */
export function fixed(from: number, to: number): Record<string, string> {
  const range = within(from, to);
  return { from: String(range.from), to: String(range.to) };
}
