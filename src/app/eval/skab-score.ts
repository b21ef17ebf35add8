import type { DetectedRow } from "../recording/detect-recording.ts";

/** Rows in which the detectors may learn, as the published comparison asks. */
export const LEARN_ROWS = 400;

/** Counts over the rows after learning; files are pooled by adding them. */
export interface SkabScore {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  /** Files whose fault was alarmed at least once, and how long after its first row, in seconds. */
  found: number;
  delaysS: number[];
  /** Begins of alarms in rows without a fault, before the fault and after it. */
  episodesBefore: number;
  episodesAfter: number;
  rowsBefore: number;
  alarmedBefore: number;
}

export function emptyScore(): SkabScore {
  return {
    truePositives: 0,
    falsePositives: 0,
    falseNegatives: 0,
    trueNegatives: 0,
    found: 0,
    delaysS: [],
    episodesBefore: 0,
    episodesAfter: 0,
    rowsBefore: 0,
    alarmedBefore: 0,
  };
}

/** Scores one file. `labels` holds one entry a row, true: the fault is in. */
export function scoreFile(labels: readonly boolean[], rows: readonly DetectedRow[]): SkabScore {
  const score = emptyScore();
  const onset = labels.indexOf(true);
  const startedAt = rows[onset]?.timestamp ?? 0;
  for (let row = LEARN_ROWS; row < labels.length; row += 1) {
    const alarm = rows[row]?.state === "deviation";
    if (labels[row] === true) {
      if (alarm) score.truePositives += 1;
      else score.falseNegatives += 1;
      if (alarm && score.found === 0) {
        score.found = 1;
        score.delaysS.push(((rows[row]?.timestamp ?? 0) - startedAt) / 1_000);
      }
      continue;
    }
    if (alarm) score.falsePositives += 1;
    else score.trueNegatives += 1;
    const begins = alarm && rows[row - 1]?.state !== "deviation";
    if (row >= onset) {
      score.episodesAfter += begins ? 1 : 0;
      continue;
    }
    score.episodesBefore += begins ? 1 : 0;
    score.rowsBefore += 1;
    score.alarmedBefore += alarm ? 1 : 0;
  }
  return score;
}

export function addScore(total: SkabScore, score: SkabScore): void {
  total.truePositives += score.truePositives;
  total.falsePositives += score.falsePositives;
  total.falseNegatives += score.falseNegatives;
  total.trueNegatives += score.trueNegatives;
  total.found += score.found;
  total.delaysS.push(...score.delaysS);
  total.episodesBefore += score.episodesBefore;
  total.episodesAfter += score.episodesAfter;
  total.rowsBefore += score.rowsBefore;
  total.alarmedBefore += score.alarmedBefore;
}

export function f1Of({ truePositives, falsePositives, falseNegatives }: SkabScore): number {
  return (2 * truePositives) / Math.max(1, 2 * truePositives + falsePositives + falseNegatives);
}
