import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs } from "../../model/basics.ts";
import type { DetectedRow } from "../recording/detect-recording.ts";
import { atLeast, type EvalResult, type EvalSet } from "./eval-set.ts";
import { alarmsOf, type NabFile, nabProfiles, nabScore } from "./nab-score.ts";
import { judge, openMapped } from "./recorded-rows.ts";

/** Multiples of the shipped limit that are tried for the "best one" row: the benchmark picks one threshold as well. */
const THRESHOLDS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8] as const;

/** Streams of one value each, mostly every five minutes. */
export const nab: EvalSet = { name: "nab", title: "NAB: streams of one value", evaluate };

interface JudgedFile {
  readonly name: string;
  readonly rows: readonly DetectedRow[];
  readonly windows: readonly (readonly [number, number])[];
}

async function evaluate(folder: string): Promise<EvalResult> {
  const windows = JSON.parse(await readFile(join(folder, "windows.json"), "utf8")) as Readonly<
    Record<string, readonly (readonly [string, string])[]>
  >;
  const files: JudgedFile[] = [];
  for (const [name, spans] of Object.entries(windows)) {
    const rows = await judge(await openMapped(join(folder, "data", name), "nab"));
    files.push({ name, rows, windows: spans.map((span) => rowsOf(span, rows)) });
  }
  const shipped = files.map((file) => alarmed(file, beginsDeviation));
  const byThreshold = THRESHOLDS.map((threshold) => ({
    threshold,
    files: files.map((file) => alarmed(file, ({ score }) => (score ?? 0) > threshold)),
  }));
  const [standard, fewFalse] = nabProfiles;
  const best = byThreshold.toSorted(
    (a, b) => nabScore(b.files, standard) - nabScore(a.files, standard),
  )[0];
  return {
    set: nab.name,
    goals: [
      atLeast("standard, shipped limit", nabScore(shipped, standard), 62, 1),
      atLeast("few false alarms, shipped limit", nabScore(shipped, fewFalse), 50, 1),
    ],
    tables: [
      {
        title: "Score of all files together (0: silent, 100: perfect)",
        columns: ["", ...nabProfiles.map(({ name }) => name)],
        rows: [
          ["shipped limit", ...scoresOf(shipped)],
          [`best one limit for all files: × ${best?.threshold}`, ...scoresOf(best?.files ?? [])],
        ],
      },
      {
        title: "By file, shipped limit",
        columns: ["file", "windows", "found", "alarms outside"],
        rows: files.map(({ name }, i) => [name, ...countsOf(shipped[i])]),
      },
    ],
    numbers: {
      standard: nabScore(shipped, standard),
      few_false_alarms: nabScore(shipped, fewFalse),
      best_standard: nabScore(best?.files ?? [], standard),
    },
  };
}

/** A deviation is told once, however long it lasts. */
function beginsDeviation({ episodes }: DetectedRow): boolean {
  return episodes.some((e) => e.condition === "deviation" && e.endedAt === null && !e.shadow);
}

function alarmed(file: JudgedFile, isAlarm: (row: DetectedRow) => boolean): NabFile {
  return {
    rows: file.rows.length,
    windows: file.windows,
    alarms: alarmsOf(file.rows.map(isAlarm)),
  };
}

function scoresOf(files: readonly NabFile[]): readonly string[] {
  return nabProfiles.map((profile) => nabScore(files, profile).toFixed(1));
}

function countsOf(file: NabFile | undefined): readonly string[] {
  const { windows, alarms } = file ?? { windows: [], alarms: [] };
  const inside = (row: number): boolean => windows.some(([b, e]) => row >= b && row <= e);
  const found = windows.filter(([b, e]) => alarms.some((row) => row >= b && row <= e));
  return [windows.length, found.length, alarms.filter((row) => !inside(row)).length].map(String);
}

function rowsOf(
  [from, to]: readonly [string, string],
  rows: readonly DetectedRow[],
): readonly [number, number] {
  const begin = rows.findIndex(({ timestamp }) => (timestamp ?? 0) >= timeOf(from));
  const end = rows.findLastIndex(({ timestamp }) => (timestamp ?? 0) <= timeOf(to));
  return [begin, end];
}

/** Labels are written in the files' own clock, which the map reads as UTC. */
function timeOf(text: string): EpochMs {
  return Date.parse(`${text.replace(" ", "T")}Z`);
}
