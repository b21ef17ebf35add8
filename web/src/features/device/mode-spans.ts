import type { HistoryEntry } from "../../api/types.ts";

export interface ModeSpan {
  readonly mode: string;
  readonly from: number;
  readonly to: number;
  readonly actor: string | null;
}

/** Modes of a device over a range, from its history; what was before the first entry is not known and left out. */
export function modeSpans(
  history: readonly Pick<HistoryEntry, "at" | "action" | "actor">[],
  now: { readonly mode: string; readonly since: number },
  range: { readonly from: number; readonly to: number },
): readonly ModeSpan[] {
  const changes = history
    .filter((entry) => entry.action.startsWith("mode:"))
    .map((entry) => ({ at: Date.parse(entry.at), mode: entry.action.slice(5), actor: entry.actor }))
    .sort((a, b) => a.at - b.at);
  const spans: ModeSpan[] = [];
  for (const [i, change] of changes.entries()) {
    const end = changes[i + 1]?.at ?? range.to;
    spans.push({ mode: change.mode, from: change.at, to: end, actor: change.actor });
  }
  if (changes.length === 0)
    spans.push({ mode: now.mode, from: now.since, to: range.to, actor: null });
  return spans
    .filter((span) => span.to > range.from && span.from < range.to)
    .map((span) => ({
      ...span,
      from: Math.max(span.from, range.from),
      to: Math.min(span.to, range.to),
    }));
}
