import type { KeptAlarm, PastAlarm } from "../../model/backtest.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";

export interface Comparison {
  /** Told only with the changed rule. */
  readonly gained: readonly PastAlarm[];
  /** No longer told. */
  readonly lost: readonly PastAlarm[];
  readonly kept: readonly KeptAlarm[];
}

/**
 * Which alarms of one device are gained, lost and kept. Two alarms are the same trouble when they overlap, or follow
 * each other within `gapMs`, and share a condition or a metric; each is matched once, with the nearest in time.
 */
export function compareAlarms(
  before: readonly PastAlarm[],
  after: readonly PastAlarm[],
  gapMs: Ms,
): Comparison {
  const pairs = before
    .flatMap((old) => after.map((now) => ({ before: old, after: now })))
    .filter((pair) => isSameTrouble(pair.before, pair.after, gapMs))
    .map((pair) => ({ ...pair, delayMs: pair.after.openedAt - pair.before.openedAt }))
    .sort((a, b) => Math.abs(a.delayMs) - Math.abs(b.delayMs));
  const matched = new Set<PastAlarm>();
  const kept: KeptAlarm[] = [];
  for (const pair of pairs) {
    if (matched.has(pair.before) || matched.has(pair.after)) continue;
    matched.add(pair.before).add(pair.after);
    kept.push(pair);
  }
  const isNew = (alarm: PastAlarm): boolean => !matched.has(alarm);
  return {
    gained: after.filter(isNew),
    lost: before.filter(isNew),
    kept: kept.sort((a, b) => a.before.openedAt - b.before.openedAt),
  };
}

/** What an alarm of the past is compared with: a recorded one has no conditions that joined. */
export type Trouble = Pick<PastAlarm, "openedAt" | "clearedAt" | "conditions" | "metrics">;

export function isSameTrouble(a: Trouble, b: Trouble, gapMs: Ms): boolean {
  const apart = Math.max(a.openedAt, b.openedAt) - Math.min(endOf(a), endOf(b));
  return apart <= gapMs && (share(a.conditions, b.conditions) || share(a.metrics, b.metrics));
}

function endOf({ clearedAt }: Trouble): EpochMs {
  return clearedAt ?? Infinity;
}

function share(a: readonly string[], b: readonly string[]): boolean {
  return a.some((name) => b.includes(name));
}
