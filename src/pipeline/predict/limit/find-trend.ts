import { DAY, type EpochMs, HOUR } from "../../../model/basics.ts";
import type { AnomalyEpisode } from "../../../model/detection.ts";

/** How far back the begin of a trend is looked for. */
export const TREND_LOOK_BACK_MS = 60 * DAY;
/** Episodes with a shorter pause between them are one trend; so are those whose pause is short beside the whole. */
const PAUSE_MS = HOUR;
const PAUSE_SHARE = 0.25;

/**
 * When the trend began that the learned detectors flag now; null: they flag none. What only would have been raised
 * while learning does not count.
 */
export function findTrend(episodes: readonly AnomalyEpisode[], now: EpochMs): EpochMs | null {
  const flagged = episodes.filter(({ detector, shadow }) => detector === "deviation" && !shadow);
  const open = flagged.filter(({ endedAt }) => endedAt === null);
  if (open.length === 0) return null;
  let since = open.reduce((at, { startedAt }) => Math.min(at, startedAt), now);
  for (const { startedAt, endedAt } of flagged.toSorted((a, b) => b.startedAt - a.startedAt)) {
    if (endedAt === null || startedAt >= since) continue;
    const pause = since - endedAt;
    if (pause <= Math.max(PAUSE_MS, PAUSE_SHARE * (now - since))) since = startedAt;
  }
  return since;
}
