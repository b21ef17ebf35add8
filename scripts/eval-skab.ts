/**
 * Scores the deviation detector on SKAB (../shared/datasets/skab): pooled F1, FAR and MAR over rows ≥ 400 of every
 * file, uncut and with the first rows cut off, and the episodes of the fault-free run.
 * Repeat: node scripts/eval-skab.ts [--files]
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { detectRecording } from "../src/app/recording/detect-recording.ts";
import { openRecording } from "../src/app/recording/recording.ts";

const data = new URL("../../shared/datasets/skab/", import.meta.url).pathname;
const map = new URL("../examples/maps/skab.yaml", import.meta.url).pathname;
const LEARN = 400;

interface Score {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  events: number;
  episodes: number;
  before: number;
  beforeRows: number;
  delays: number[];
}

if (!existsSync(data)) {
  console.error(`eval-skab: ${data} is not there`);
  process.exit(1);
}
const manifest = await readFile(join(data, "manifest.csv"), "utf8");
const files = manifest
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",")[0] ?? "");
const folder = await mkdtemp(join(tmpdir(), "iai-skab-"));
try {
  for (const cut of [0, 37, 83, 149]) {
    const total = empty();
    for (const file of files) {
      const score = await scoreFile(file, cut);
      if (process.argv.includes("--files") && cut === 0) console.log(lineOf(file, score));
      add(total, score);
    }
    console.log(lineOf(`all, first ${cut} rows cut`, total));
  }
  await healthyRun(LEARN);
  await healthyRun(600);
} finally {
  await rm(folder, { recursive: true });
}

async function scoreFile(file: string, cut: number): Promise<Score> {
  const lines = (await readFile(join(data, file), "utf8")).trim().split("\n");
  const kept = [lines[0] ?? "", ...lines.slice(1 + cut)];
  const path = join(folder, file.replace("/", "-"));
  await writeFile(path, kept.join("\n"));
  const labels = kept.slice(1).map((line) => Number(line.split(";")[9]) === 1);
  const states = await statesOf(path, LEARN);
  return scoreStates(labels, states);
}

function scoreStates(labels: readonly boolean[], states: readonly boolean[]): Score {
  const score = empty();
  const onset = labels.indexOf(true);
  let first = -1;
  for (let row = LEARN; row < labels.length; row += 1) {
    const alarm = states[row] === true;
    if (labels[row] === true) {
      if (alarm) score.tp += 1;
      else score.fn += 1;
      if (alarm && first < 0) first = row - onset;
    } else {
      if (alarm) score.fp += 1;
      else score.tn += 1;
      if (alarm && states[row - 1] !== true) score.episodes += 1;
    }
    if (row < onset) {
      score.beforeRows += 1;
      score.before += alarm ? 1 : 0;
    }
  }
  if (first >= 0) {
    score.events = 1;
    score.delays.push(first);
  }
  return score;
}

async function statesOf(file: string, learnRows: number): Promise<boolean[]> {
  const recording = await openRecording({ file, map, device: null });
  const states: boolean[] = [];
  for await (const row of detectRecording(recording, { learnRows, limits: {} })) {
    states.push(row.state === "deviation");
  }
  return states;
}

async function healthyRun(learnRows: number): Promise<void> {
  const recording = await openRecording({
    file: join(data, "anomaly-free.part1.csv"),
    map,
    device: null,
  });
  let rows = 0;
  let alarmed = 0;
  const conditions: Record<string, number> = {};
  for await (const row of detectRecording(recording, { learnRows, limits: {} })) {
    rows += row.state === "learning" ? 0 : 1;
    alarmed += row.state === "deviation" ? 1 : 0;
    for (const { condition, endedAt } of row.episodes) {
      if (endedAt === null) conditions[condition] = (conditions[condition] ?? 0) + 1;
    }
  }
  const share = ((100 * alarmed) / rows).toFixed(1);
  console.log(
    `fault-free run, learned ${learnRows}: ${share} % in deviation, ${JSON.stringify(conditions)}`,
  );
}

function lineOf(name: string, s: Score): string {
  const f1 = (2 * s.tp) / (2 * s.tp + s.fp + s.fn);
  const delays = s.delays.toSorted((a, b) => a - b);
  const far = (100 * s.fp) / (s.fp + s.tn);
  const mar = (100 * s.fn) / (s.fn + s.tp);
  const perHour = (3_600 * s.episodes) / (s.fp + s.tn);
  const before = (100 * s.before) / Math.max(1, s.beforeRows);
  return [
    name.padEnd(26),
    `F1 ${f1.toFixed(3)}`,
    `FAR ${far.toFixed(1)}`,
    `MAR ${mar.toFixed(1)}`,
    `found ${s.events}`,
    `median delay ${delays[Math.floor(delays.length / 2)] ?? "-"} s`,
    `${perHour.toFixed(1)} episodes per healthy hour`,
    `FAR before ${before.toFixed(1)}`,
  ].join("  ");
}

function empty(): Score {
  return {
    tp: 0,
    fp: 0,
    fn: 0,
    tn: 0,
    events: 0,
    episodes: 0,
    before: 0,
    beforeRows: 0,
    delays: [],
  };
}

function add(total: Score, score: Score): void {
  for (const key of [
    "tp",
    "fp",
    "fn",
    "tn",
    "events",
    "episodes",
    "before",
    "beforeRows",
  ] as const) {
    total[key] += score[key];
  }
  total.delays.push(...score.delays);
}
