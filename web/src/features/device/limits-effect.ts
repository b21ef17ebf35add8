import type { Aggregate } from "../../api/types.ts";

/** Minutes of the rows in which the extremes went beyond H (or L) and beyond HH (or LL). */
export function minutesBeyond(
  rows: readonly Pick<Aggregate, "min" | "max">[],
  limits: Readonly<Record<"ll" | "l" | "h" | "hh", number | null>>,
): { readonly h: number; readonly hh: number } {
  let h = 0;
  let hh = 0;
  const beyond = (
    row: Pick<Aggregate, "min" | "max">,
    low: number | null,
    high: number | null,
  ): boolean => (high !== null && row.max >= high) || (low !== null && row.min <= low);
  for (const row of rows) {
    if (beyond(row, limits.l, limits.h)) h += 1;
    if (beyond(row, limits.ll, limits.hh)) hh += 1;
  }
  return { h, hh };
}

/** True when the given limits rise: LL, L, H, HH. */
export function limitsRise(
  limits: Readonly<Record<"ll" | "l" | "h" | "hh", number | null>>,
): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const name of ["ll", "l", "h", "hh"] as const) {
    const value = limits[name];
    if (value === null) continue;
    if (value < last) return false;
    last = value;
  }
  return true;
}
