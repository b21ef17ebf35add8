import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HOUR, MINUTE } from "../../model/basics.ts";
import type { DetectedRow } from "../recording/detect-recording.ts";
import {
  forecastBearings,
  goalsOfForecasts,
  intervalsOfFemto,
  pictureOfForecasts,
  tableOfCuts,
  tablesOfForecasts,
} from "./bearing-forecasts.ts";
import { atLeast, atMost, type EvalResult, type EvalSet, percent } from "./eval-set.ts";
import { judge, openMapped } from "./recorded-rows.ts";

/** Four bearings on one shaft, run to failure over weeks, a row every ten minutes. */
export const ims: EvalSet = {
  name: "ims-bearing",
  title: "IMS: bearings on one shaft, run to failure over weeks",
  evaluate: evaluateIms,
};

/** Single bearings under overload, run to failure within hours, a row every ten seconds. */
export const femto: EvalSet = {
  name: "femto-bearing",
  title: "FEMTO: single bearings under overload, run to failure within hours",
  evaluate: evaluateFemto,
};

/** Nobody may call a bearing healthy that fails within this time. */
const LAST_MS = 10 * MINUTE;

/** The life of one test, as the detectors saw it. */
interface Life {
  readonly name: string;
  readonly failed: string;
  readonly hours: number;
  /** Hours between the begin of the deviation that lasted to the end and that end; null: there was none. */
  readonly leadHours: number | null;
  readonly stillLearning: boolean;
  /** What it named when it began. */
  readonly named: string;
  readonly earlier: number;
  readonly earlierPercent: number;
  /** Share of the last ten minutes in which no deviation was told. */
  readonly healthyAtEndPercent: number;
}

/** The runs whose files are there; who failed in them stands in their documentation. */
const tests = [
  { name: "test 1", file: "test1.csv", map: "ims-two-axes", failed: ["bearing_3", "bearing_4"] },
  { name: "test 2", file: "test2.csv", map: "ims", failed: ["bearing_1"] },
  { name: "test 3", file: "test3.csv", map: "ims", failed: ["bearing_3"] },
] as const;
const CUTS = [37, 83, 149] as const;
const bearings = ["bearing_1", "bearing_2", "bearing_3", "bearing_4"] as const;

async function evaluateIms(folder: string): Promise<EvalResult> {
  const present = tests.filter(({ file }) => existsSync(join(folder, file)));
  const lives: Life[] = [];
  for (const { name, file, map, failed } of present) {
    const rows = await rowsOf(folder, file, map);
    lives.push(lifeOf({ name, failed: failed.join(", ") }, rows));
  }
  const forecasts = await forecastBearings(
    present.flatMap(({ name, file, map, failed }) =>
      bearings.map((bearing) => ({
        test: name,
        file: join(folder, file),
        map,
        bearing,
        failed: failed.some((one) => one === bearing),
        cut: 0,
      })),
    ),
  );
  const cuts = await forecastBearings(
    CUTS.filter(() => existsSync(join(folder, "test2.csv"))).map((cut) => {
      const file = join(folder, "test2.csv");
      return { test: "test 2", file, map: "ims", bearing: "bearing_1", failed: true, cut };
    }),
  );
  const second = lives.find(({ name }) => name === "test 2");
  return {
    set: ims.name,
    goals: [...(second === undefined ? [] : goalsOf(second)), ...goalsOfForecasts(forecasts)],
    tables: [tableOf(lives), ...tablesOfForecasts(forecasts), tableOfCuts(cuts)],
    pictures: [pictureOfForecasts(forecasts)],
    numbers: Object.fromEntries(
      lives.map(({ name, leadHours }) => [`${name.replace(" ", "_")}_lead_hours`, leadHours]),
    ),
  };
}

function goalsOf(second: Life): EvalResult["goals"] {
  return [
    atLeast("test 2: hours from alarm to failure", second.leadHours ?? 0, 75, 1),
    {
      name: "test 2: the bearing that failed is named",
      asked: "bearing_1",
      reached: second.named,
      ok: second.named === "bearing_1",
    },
  ];
}

async function evaluateFemto(folder: string): Promise<EvalResult> {
  const lives: Life[] = [];
  const files = (await readdir(folder))
    .filter((file) => /^bearing\d_\d\.csv$/.test(file))
    .toSorted()
    .map((file) => ({ name: file.replace(".csv", ""), path: join(folder, file), file }));
  for (const { name, file } of files)
    lives.push(lifeOf({ name, failed: "the only one" }, await rowsOf(folder, file, "femto")));
  const healthy = lives.filter(({ healthyAtEndPercent }) => healthyAtEndPercent > 0);
  const intervals = await intervalsOfFemto(files);
  return {
    set: femto.name,
    goals: [
      atMost("bearings called healthy within 10 min of failing", healthy.length, 0, 0),
      ...intervals.goals,
    ],
    tables: [tableOf(lives), ...intervals.tables],
    numbers: { called_healthy_at_end: healthy.length, interval_coverage: intervals.coverage },
  };
}

async function rowsOf(folder: string, file: string, map: string): Promise<readonly DetectedRow[]> {
  return judge(await openMapped(join(folder, file), map));
}

function lifeOf(
  test: { readonly name: string; readonly failed: string },
  rows: readonly DetectedRow[],
): Life {
  const times = rows.map(({ timestamp }) => timestamp ?? 0);
  const endAt = times.at(-1) ?? 0;
  const deviates = rows.map(({ state }) => state === "deviation");
  const lastQuiet = deviates.lastIndexOf(false);
  const first = rows[lastQuiet + 1];
  const judged = rows.filter(({ state }) => state !== "learning");
  const earlier = deviates.filter((now, i) => i <= lastQuiet && now && deviates[i - 1] !== true);
  const earlierRows = deviates.filter((now, i) => i <= lastQuiet && now);
  const end = rows.filter(({ timestamp }) => (timestamp ?? 0) >= endAt - LAST_MS);
  return {
    ...test,
    hours: (endAt - (times[0] ?? 0)) / HOUR,
    leadHours: first === undefined ? null : (endAt - (first.timestamp ?? 0)) / HOUR,
    stillLearning: rows.at(-1)?.state === "learning",
    named: first === undefined ? "–" : strongest(first),
    earlier: earlier.length,
    earlierPercent: percent(earlierRows.length, judged.length),
    healthyAtEndPercent: percent(end.filter(({ state }) => state === "normal").length, end.length),
  };
}

function leadOf({ leadHours, stillLearning }: Life): string {
  if (leadHours !== null) return leadHours.toFixed(2);
  return stillLearning ? "still learning: its windows held two states" : "never";
}

function strongest({ contributions }: DetectedRow): string {
  return Object.entries(contributions).toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? "–";
}

function tableOf(lives: readonly Life[]): EvalResult["tables"][number] {
  return {
    title: "From the begin of the deviation that lasted to the end, 400 rows learned",
    columns: [
      "test",
      "failed",
      "life h",
      "alarmed before the end h",
      "named first",
      "episodes before",
      "of the time %",
      "last 10 min not alarmed %",
    ],
    rows: lives.map((life) => [
      life.name,
      life.failed,
      life.hours.toFixed(1),
      leadOf(life),
      life.named,
      String(life.earlier),
      life.earlierPercent.toFixed(0),
      life.healthyAtEndPercent.toFixed(0),
    ]),
  };
}
