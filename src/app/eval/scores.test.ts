import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DetectedRow } from "../recording/detect-recording.ts";
import { putIntoPage } from "./eval-report.ts";
import { alarmsOf, type NabFile, nabProfiles, nabScore } from "./nab-score.ts";
import { addScore, emptyScore, f1Of, scoreFile } from "./skab-score.ts";

const [standard] = nabProfiles;
const aFile = (alarms: readonly number[]): NabFile => ({
  rows: 1_000,
  windows: [[400, 500]],
  alarms,
});
/** A row a second; `alarmed` says which of them. */
const rowsOf = (count: number, alarmed: (row: number) => boolean): readonly DetectedRow[] =>
  Array.from({ length: count }, (_, row) => ({
    row,
    deviceId: "PUMP_01",
    timestamp: row * 1_000,
    state: alarmed(row) ? "deviation" : "normal",
    score: null,
    contributions: {},
    rejected: null,
    episodes: [],
  }));

describe("the score of NAB", () => {
  it("is 0 for silence, 100 for the first row of every window, and less the later the alarm", () => {
    assert.equal(nabScore([aFile([])], standard), 0);
    assert.equal(nabScore([aFile([400])], standard), 100);
    const early = nabScore([aFile([420])], standard);
    const late = nabScore([aFile([490])], standard);
    assert.ok(100 > early && early > late && late > 0);
  });

  it("takes 0.11 of a window for each alarm outside, and counts a window once", () => {
    const once = nabScore([aFile([400])], standard);
    const outside = nabScore([aFile([100, 400, 450])], standard);
    assert.ok(Math.abs(once - outside - (100 * 0.11) / 1.98661) < 0.01);
  });

  it("does not score the probation and silences what follows an alarm", () => {
    const alarmed = Array.from(
      { length: 1_000 },
      (_, row) => row < 20 || (row >= 300 && row < 330),
    );
    assert.deepEqual(alarmsOf(alarmed), [300, 321]);
  });
});

describe("the score of SKAB", () => {
  const labels = Array.from({ length: 1_000 }, (_, row) => row >= 600 && row < 800);

  it("counts rows after learning, the delay, and begins of alarms in healthy rows", () => {
    const early = (row: number): boolean => row >= 450 && row < 460;
    const fault = (row: number): boolean => row >= 620 && row < 810;
    const score = scoreFile(
      labels,
      rowsOf(1_000, (row) => row < 10 || early(row) || fault(row)),
    );
    assert.deepEqual(
      [score.truePositives, score.falsePositives, score.falseNegatives, score.trueNegatives],
      [180, 20, 20, 380],
    );
    assert.deepEqual([score.delaysS, score.episodesBefore, score.episodesAfter], [[20], 1, 0]);
    assert.deepEqual([score.rowsBefore, score.alarmedBefore], [200, 10]);
  });

  it("pools files by adding their counts", () => {
    const total = emptyScore();
    for (const found of [true, false]) {
      addScore(
        total,
        scoreFile(
          labels,
          rowsOf(1_000, (row) => found && labels[row] === true),
        ),
      );
    }
    assert.equal(total.found, 1);
    assert.equal(f1Of(total), 2 / 3);
  });
});

describe("the page of the tables", () => {
  const result = { set: "x", goals: [], tables: [], numbers: {} };

  it("gets them in their place and keeps every other word", () => {
    const page = putIntoPage("before\n<!-- eval:x -->\nold\n<!-- /eval:x -->\nafter\n", result);
    assert.ok(page?.startsWith("before\n<!-- eval:x -->\n"));
    assert.ok(page?.endsWith("<!-- /eval:x -->\nafter\n"));
    assert.ok(page?.includes("| asked |") && !page.includes("old"));
    assert.equal(putIntoPage(page ?? "", result), page);
  });

  it("refuses a page without that place", () => {
    assert.equal(putIntoPage("nothing here", result), null);
  });
});
