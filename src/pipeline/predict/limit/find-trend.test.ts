import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOUR, MINUTE } from "../../../model/basics.ts";
import type { AnomalyEpisode } from "../../../model/detection.ts";
import { findTrend } from "./find-trend.ts";

const now = 1_000 * HOUR;

function anEpisode(
  hoursAgo: number,
  endedHoursAgo: number | null,
  part: Partial<AnomalyEpisode> = {},
): AnomalyEpisode {
  return {
    episodeId: `e${hoursAgo}`,
    deviceId: "PUMP_01",
    detector: "deviation",
    condition: "deviation",
    startedAt: now - hoursAgo * HOUR,
    endedAt: endedHoursAgo === null ? null : now - endedHoursAgo * HOUR,
    peakScore: 2,
    contributions: {},
    shadow: false,
    ...part,
  };
}

const began = (...episodes: readonly AnomalyEpisode[]): number | null => {
  const at = findTrend(episodes, now);
  return at === null ? null : (now - at) / HOUR;
};

describe("the trend that is flagged now", () => {
  it("begins with the earliest open episode of the learned detectors", () => {
    assert.equal(began(anEpisode(3, null), anEpisode(9, null, { condition: "baseline_drift" })), 9);
  });

  it("is none where everything has ended, is a shadow, or comes of a limit or a rule", () => {
    assert.equal(began(anEpisode(3, 1)), null);
    assert.equal(began(anEpisode(3, null, { shadow: true })), null);
    assert.equal(began(anEpisode(3, null, { detector: "limit" })), null);
    assert.equal(began(), null);
  });

  it("goes on through short pauses, and not through long ones", () => {
    const pause = (20 * MINUTE) / HOUR;
    assert.equal(began(anEpisode(2, null), anEpisode(5, 2 + pause)), 5);
    assert.equal(began(anEpisode(2, null), anEpisode(50, 40)), 2);
    // 20 h after 4 h of quiet: short beside the whole.
    assert.equal(began(anEpisode(20, null), anEpisode(40, 24)), 40);
  });
});
