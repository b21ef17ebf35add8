import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DetectedRow } from "../recording/detect-recording.ts";
import {
  atLeast,
  atMost,
  type EvalResult,
  type EvalSet,
  type EvalTable,
  mean,
  median,
  percent,
} from "./eval-set.ts";
import { judge, openMapped, readColumn, withoutFirst } from "./recorded-rows.ts";
import { addScore, emptyScore, f1Of, LEARN_ROWS, type SkabScore, scoreFile } from "./skab-score.ts";

/** First rows that are cut off. */
const CUTS = [0, 37, 83, 149] as const;
/** Cold starts of the fault-free run: after so many readings the baseline counts. */
const HEALTHY_LEARN_ROWS = [400, 600] as const;

/** A real pump on a test bed, one row a second, with labelled faults, and the same pump without any. */
export const skab: EvalSet = {
  name: "skab",
  title: "SKAB: a real pump with faults, and the same pump without",
  evaluate,
};

interface ScoredFile {
  readonly file: string;
  readonly group: string;
  readonly fault: string;
  readonly score: SkabScore;
}

async function evaluate(folder: string): Promise<EvalResult> {
  const files = await readManifest(folder);
  const totals: SkabScore[] = [];
  let uncut: readonly ScoredFile[] = [];
  for (const cut of CUTS) {
    const scored: ScoredFile[] = [];
    for (const entry of files)
      scored.push({ ...entry, score: await scoreOf(folder, entry.file, cut) });
    if (cut === 0) uncut = scored;
    totals.push(sum(scored));
  }
  const healthy: HealthyRun[] = [];
  for (const learnRows of HEALTHY_LEARN_ROWS) healthy.push(await runHealthy(folder, learnRows));
  return {
    set: skab.name,
    goals: goalsOf(totals, uncut, healthy),
    tables: [
      tableOfCuts(totals),
      tableOfFiles(uncut),
      tableOfGroups(uncut),
      tableOfHealthy(healthy),
    ],
    numbers: numbersOf(totals, healthy),
  };
}

async function readManifest(folder: string): Promise<readonly Omit<ScoredFile, "score">[]> {
  const [, ...lines] = (await readFile(join(folder, "manifest.csv"), "utf8")).trim().split(/\r?\n/);
  return lines.map((line) => {
    const [file = "", group = "", fault = ""] = line.split(",");
    return { file, group, fault };
  });
}

async function scoreOf(folder: string, file: string, cut: number): Promise<SkabScore> {
  const path = join(folder, file);
  const labels = await readColumn(path, { column: "anomaly", separator: ";" });
  const recording = withoutFirst(await openMapped(path, "skab"), cut);
  const rows = await judge(recording, LEARN_ROWS);
  return scoreFile(
    labels.slice(cut).map((label) => Number(label) === 1),
    rows,
  );
}

interface HealthyRun {
  readonly learnRows: number;
  readonly hours: number;
  readonly episodes: number;
  readonly alarmedPercent: number;
  readonly drifts: number;
}

async function runHealthy(folder: string, learnRows: number): Promise<HealthyRun> {
  const recording = await openMapped(join(folder, "anomaly-free.part1.csv"), "skab");
  const rows = (await judge(recording, learnRows)).filter(({ state }) => state !== "learning");
  const alarmed = rows.filter(({ state }) => state === "deviation").length;
  return {
    learnRows,
    hours: rows.length / 3_600,
    episodes: begunOf(rows, "deviation"),
    alarmedPercent: percent(alarmed, rows.length),
    drifts: begunOf(rows, "baseline_drift"),
  };
}

function begunOf(rows: readonly DetectedRow[], condition: string): number {
  const begun = rows.flatMap(({ episodes }) =>
    episodes.filter((e) => e.endedAt === null && !e.shadow && e.condition === condition),
  );
  return begun.length;
}

function sum(files: readonly ScoredFile[]): SkabScore {
  const total = emptyScore();
  for (const { score } of files) addScore(total, score);
  return total;
}

function farOf({ falsePositives, trueNegatives }: SkabScore): number {
  return percent(falsePositives, falsePositives + trueNegatives);
}

function marOf({ falseNegatives, truePositives }: SkabScore): number {
  return percent(falseNegatives, falseNegatives + truePositives);
}

/** One row a second: begins of alarms in healthy rows per hour of them. */
function episodesPerHour(score: SkabScore): number {
  const rows = score.falsePositives + score.trueNegatives;
  return (3_600 * (score.episodesBefore + score.episodesAfter)) / Math.max(1, rows);
}

function goalsOf(
  totals: readonly SkabScore[],
  files: readonly ScoredFile[],
  healthy: readonly HealthyRun[],
): EvalResult["goals"] {
  const [uncut = emptyScore(), ...cut] = totals;
  const missed = files.filter(({ score, group }) => score.found === 0 && group !== "cavitation");
  const imbalance = sum(files.filter(({ group }) => group === "imbalance"));
  const last = healthy.at(-1);
  return [
    atLeast("F1", f1Of(uncut), 0.87),
    atMost("false alarms, % of healthy rows", farOf(uncut), 10, 1),
    atMost("missed, % of faulty rows", marOf(uncut), 18, 1),
    atMost("faults never found, cavitation apart", missed.length, 1, 0),
    atMost("median delay, s", median(uncut.delaysS) ?? Number.NaN, 30, 0),
    atMost("median delay of imbalance, s", median(imbalance.delaysS) ?? Number.NaN, 2, 0),
    atMost(
      "false alarms before the fault, %",
      percent(uncut.alarmedBefore, uncut.rowsBefore),
      1,
      2,
    ),
    atMost(
      "F1 uncut − mean F1 of the cuts, size",
      Math.abs(f1Of(uncut) - mean(cut.map(f1Of))),
      0.02,
    ),
    atMost("episodes an hour, healthy rows of the fault files", episodesPerHour(uncut), 1, 2),
    atMost("episodes an hour, fault-free run, 10 min start", perHour(last), 1, 2),
    atMost("fault-free run in deviation, %", last?.alarmedPercent ?? Number.NaN, 1.5, 2),
  ];
}

function perHour(run: HealthyRun | undefined): number {
  return run === undefined ? Number.NaN : run.episodes / run.hours;
}

function tableOfCuts(totals: readonly SkabScore[]): EvalTable {
  return {
    title: "All files pooled, rows ≥ 400",
    columns: ["first rows cut", ...scoreColumns],
    rows: totals.map((total, i) => [String(CUTS[i]), ...scoreCells(total)]),
  };
}

const scoreColumns = [
  "F1",
  "FAR %",
  "MAR %",
  "found",
  "median delay s",
  "episodes a healthy hour",
  "before the fault: episodes",
  "FAR %",
] as const;

function scoreCells(score: SkabScore): readonly string[] {
  return [
    f1Of(score).toFixed(3),
    farOf(score).toFixed(1),
    marOf(score).toFixed(1),
    String(score.found),
    String(median(score.delaysS) ?? "–"),
    episodesPerHour(score).toFixed(1),
    String(score.episodesBefore),
    percent(score.alarmedBefore, score.rowsBefore).toFixed(2),
  ];
}

function tableOfFiles(files: readonly ScoredFile[]): EvalTable {
  return {
    title: "By file, uncut",
    columns: ["file", "fault", "F1", "FAR %", "MAR %", "delay s"],
    rows: files.map(({ file, fault, score }) => [
      file,
      fault,
      f1Of(score).toFixed(3),
      farOf(score).toFixed(1),
      marOf(score).toFixed(1),
      String(score.delaysS[0] ?? "never"),
    ]),
  };
}

function tableOfGroups(files: readonly ScoredFile[]): EvalTable {
  const groups = [...new Set(files.map(({ group }) => group))];
  return {
    title: "By kind of fault, uncut",
    columns: ["group", "files", "found", "F1", "median delay s"],
    rows: groups.map((group) => {
      const members = files.filter((file) => file.group === group);
      const total = sum(members);
      const delay = String(median(total.delaysS) ?? "–");
      return [group, String(members.length), String(total.found), f1Of(total).toFixed(3), delay];
    }),
  };
}

function tableOfHealthy(runs: readonly HealthyRun[]): EvalTable {
  return {
    title: "The fault-free run",
    columns: ["learned rows", "hours", "episodes", "an hour", "in deviation %", "drift told"],
    rows: runs.map((run) => [
      String(run.learnRows),
      run.hours.toFixed(2),
      String(run.episodes),
      perHour(run).toFixed(2),
      run.alarmedPercent.toFixed(2),
      String(run.drifts),
    ]),
  };
}

function numbersOf(
  totals: readonly SkabScore[],
  healthy: readonly HealthyRun[],
): EvalResult["numbers"] {
  const numbers: Record<string, number | null> = {};
  totals.forEach((total, i) => {
    const cut = `cut_${CUTS[i]}`;
    numbers[`${cut}_f1`] = f1Of(total);
    numbers[`${cut}_far`] = farOf(total) / 100;
    numbers[`${cut}_mar`] = marOf(total) / 100;
    numbers[`${cut}_found`] = total.found;
    numbers[`${cut}_median_delay_s`] = median(total.delaysS);
    numbers[`${cut}_episodes_per_healthy_hour`] = episodesPerHour(total);
  });
  for (const run of healthy) {
    numbers[`healthy_${run.learnRows}_episodes_per_hour`] = perHour(run);
    numbers[`healthy_${run.learnRows}_far`] = run.alarmedPercent / 100;
  }
  return numbers;
}
