import { join } from "node:path";
import type { DetectedRow } from "../recording/detect-recording.ts";
import { type EvalTable, percent } from "./eval-set.ts";
import { type AlarmCount, alarmsOf } from "./recorded-alarms.ts";
import { judge, openMapped } from "./recorded-rows.ts";

/** Cold starts of the fault-free run: after so many readings the baseline counts. */
const LEARN_ROWS = [400, 600] as const;
/** What the pump is rated for, as the other tests register it. */
const limits = { vibration: 0.5, temperature: 95 } as const;

/** The same pump for an hour and a half without any fault. */
export interface HealthyRun {
  readonly learnRows: number;
  readonly hours: number;
  readonly episodes: number;
  readonly alarmedPercent: number;
  readonly drifts: number;
  /** Alarms that people would have got; with the default of learned rows. */
  readonly alarms: readonly AlarmCount[];
  readonly urgentAlarms: number;
}

export async function runHealthy(folder: string): Promise<readonly HealthyRun[]> {
  const recording = await openMapped(join(folder, "anomaly-free.part1.csv"), "skab");
  const alarms = await alarmsOf(recording, limits);
  const runs: HealthyRun[] = [];
  for (const learnRows of LEARN_ROWS) {
    const rows = (await judge(recording, learnRows)).filter(({ state }) => state !== "learning");
    const alarmed = rows.filter(({ state }) => state === "deviation").length;
    runs.push({
      learnRows,
      hours: rows.length / 3_600,
      episodes: begunOf(rows, ["deviation", "temperature_rising"]),
      alarmedPercent: percent(alarmed, rows.length),
      drifts: begunOf(rows, ["baseline_drift"]),
      alarms,
      urgentAlarms: alarms.filter(({ severity }) => severity === "P0" || severity === "P1").length,
    });
  }
  return runs;
}

/** So many of something in the hours of the run. */
export function healthyPerHour(count: number | undefined, run: HealthyRun | undefined): number {
  return run === undefined ? Number.NaN : (count ?? 0) / run.hours;
}

export function tableOfHealthy(runs: readonly HealthyRun[]): EvalTable {
  return {
    title: "The fault-free run",
    columns: [
      "learned rows",
      "hours",
      "episodes",
      "an hour",
      "in deviation %",
      "drift told",
      "alarms",
    ],
    rows: runs.map((run) => [
      String(run.learnRows),
      run.hours.toFixed(2),
      String(run.episodes),
      healthyPerHour(run.episodes, run).toFixed(2),
      run.alarmedPercent.toFixed(2),
      String(run.drifts),
      run.alarms.map(({ severity, condition }) => `${severity} ${condition}`).join(", ") || "none",
    ]),
  };
}

function begunOf(rows: readonly DetectedRow[], conditions: readonly string[]): number {
  const begun = rows.flatMap(({ episodes }) =>
    episodes.filter((e) => e.endedAt === null && !e.shadow && conditions.includes(e.condition)),
  );
  return begun.length;
}
