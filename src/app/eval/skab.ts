import { readFile } from "node:fs/promises";
import { join } from "node:path";
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
import { type HealthyRun, healthyPerHour, runHealthy, tableOfHealthy } from "./skab-healthy.ts";
import { addScore, emptyScore, f1Of, LEARN_ROWS, type SkabScore, scoreFile } from "./skab-score.ts";
import { drawTimeline, type Strip } from "./skab-timeline.ts";

/** First rows that are cut off. */
const CUTS = [0, 37, 83, 149] as const;

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
  readonly strip: Strip;
}

async function evaluate(folder: string): Promise<EvalResult> {
  const files = await readManifest(folder);
  const totals: SkabScore[] = [];
  let uncut: readonly ScoredFile[] = [];
  for (const cut of CUTS) {
    const scored: ScoredFile[] = [];
    for (const entry of files)
      scored.push({ ...entry, ...(await scoreOf(folder, entry.file, cut)) });
    if (cut === 0) uncut = scored;
    totals.push(sum(scored));
  }
  const healthy = await runHealthy(folder);
  return {
    set: skab.name,
    goals: goalsOf(totals, uncut, healthy),
    tables: [
      tableOfCuts(totals),
      tableOfFiles(uncut),
      tableOfGroups(uncut),
      tableOfHealthy(healthy),
    ],
    pictures: [
      {
        file: "accuracy-skab.svg",
        title: "Every SKAB file: learning, fault, deviation",
        svg: drawTimeline(uncut.map(({ strip }) => strip)),
      },
    ],
    numbers: numbersOf(totals, healthy),
  };
}

async function readManifest(
  folder: string,
): Promise<readonly Omit<ScoredFile, "score" | "strip">[]> {
  const [, ...lines] = (await readFile(join(folder, "manifest.csv"), "utf8")).trim().split(/\r?\n/);
  return lines.map((line) => {
    const [file = "", group = "", fault = ""] = line.split(",");
    return { file, group, fault };
  });
}

async function scoreOf(
  folder: string,
  file: string,
  cut: number,
): Promise<Pick<ScoredFile, "score" | "strip">> {
  const path = join(folder, file);
  const column = await readColumn(path, { column: "anomaly", separator: ";" });
  const labels = column.slice(cut).map((label) => Number(label) === 1);
  const rows = await judge(withoutFirst(await openMapped(path, "skab"), cut), LEARN_ROWS);
  return { score: scoreFile(labels, rows), strip: { name: file, labels, rows } };
}

function sum(files: readonly ScoredFile[]): SkabScore {
  return pooled(files.map(({ score }) => score));
}

function pooled(scores: readonly SkabScore[]): SkabScore {
  const total = emptyScore();
  for (const score of scores) addScore(total, score);
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
  const delay = (score: SkabScore): number => median(score.delaysS) ?? Number.NaN;
  const far = percent(uncut.alarmedBefore, uncut.rowsBefore);
  const gap = Math.abs(f1Of(uncut) - mean(cut.map(f1Of)));
  const urgent = healthyPerHour(last?.urgentAlarms, last);
  return [
    atLeast("F1", f1Of(uncut), 0.87),
    atMost("false alarms, % of healthy rows", farOf(uncut), 10, 1),
    atMost("missed, % of faulty rows", marOf(uncut), 18, 1),
    atMost("faults never found, cavitation apart", missed.length, 1, 0),
    atMost("median delay, s", delay(uncut), 30, 0),
    atMost("median delay of imbalance, s", delay(imbalance), 2, 0),
    atMost("false alarms before the fault, %", far, 1, 2),
    atMost("F1 uncut − mean F1 of the cuts, size", gap, 0.02),
    atMost(
      "episodes an hour, healthy rows, all cuts pooled",
      episodesPerHour(pooled(totals)),
      1,
      2,
    ),
    atMost(
      "episodes an hour, fault-free run, 10 min start",
      healthyPerHour(last?.episodes, last),
      1,
      2,
    ),
    atMost("P0 and P1 alarms an hour, fault-free run", urgent, 0.05, 2),
    atMost("fault-free run in deviation, %", last?.alarmedPercent ?? Number.NaN, 1.5, 2),
  ];
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
    numbers[`healthy_${run.learnRows}_episodes_per_hour`] = healthyPerHour(run.episodes, run);
    numbers[`healthy_${run.learnRows}_far`] = run.alarmedPercent / 100;
  }
  return numbers;
}
