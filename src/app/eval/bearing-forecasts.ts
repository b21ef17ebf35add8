import { HOUR, MINUTE } from "../../model/basics.ts";
import { stateOf } from "../../pipeline/predict/reliability.ts";
import {
  type EvalPicture,
  type EvalResult,
  type EvalTable,
  type Goal,
  mean,
  percent,
} from "./eval-set.ts";
import { type BrierScore, brierOf, forecastsOf, reachedAt } from "./recorded-forecasts.ts";
import { openMapped, withoutFirst } from "./recorded-rows.ts";
import { type Watched, watch } from "./recorded-views.ts";
import { drawReliability } from "./reliability-picture.ts";

/** Levels that stand for a rated limit, as multiples of the healthy level: the recordings name none. */
const LIMITS = [2.5, 4] as const;
const HORIZONS = [6, 24, 72] as const;
const LEARN_ROWS = 400;
/** The test rig stops where the peak passes 20 g. */
const FEMTO_LIMIT = 20;

/** One bearing alone, as a device of its own. */
export interface BearingRun {
  readonly test: string;
  readonly file: string;
  readonly map: string;
  readonly bearing: string;
  readonly failed: boolean;
  /** First rows that nobody has seen. */
  readonly cut: number;
}

interface BearingForecasts {
  readonly run: BearingRun;
  /** Hours before the end at which the deviation that lasted began, and the first one at all. */
  readonly leadHours: number | null;
  readonly firstHours: number | null;
  readonly limits: readonly {
    readonly factor: number;
    readonly reachedHours: number | null;
    readonly scores: readonly BrierScore[];
  }[];
}

/** Every bearing watched by itself: when it was told, and what was forecast of its limits. */
export async function forecastBearings(
  runs: readonly BearingRun[],
): Promise<readonly BearingForecasts[]> {
  const found: BearingForecasts[] = [];
  for (const run of runs) {
    const recording = withoutFirst(await openMapped(run.file, run.map), run.cut);
    const metrics = [run.bearing];
    const plain = await watch(recording, { metrics, limits: {} });
    const endAt = plain.rows.at(-1)?.at ?? 0;
    const healthy = mean(plain.rows.slice(0, LEARN_ROWS).map((row) => levelOf(row, run.bearing)));
    const limits: BearingForecasts["limits"][number][] = [];
    for (const factor of LIMITS) {
      const limit = factor * healthy;
      const watched = await watch(recording, { metrics, limits: { [run.bearing]: limit } });
      const reached = reachedAt(watched, run.bearing, limit);
      const made = await forecastsOf(watched, { everyMs: HOUR, until: reached ?? endAt });
      const scores = HORIZONS.map((horizon) =>
        brierOf(made, horizon, { reachedAt: reached, endAt }),
      );
      limits.push({ factor, reachedHours: hoursBefore(endAt, reached), scores });
    }
    found.push({ run, ...toldBefore(plain, endAt), limits });
  }
  return found;
}

function levelOf({ values }: Watched["rows"][number], bearing: string): number {
  return values.get(bearing) ?? 0;
}

function toldBefore(
  { rows, episodes }: Watched,
  endAt: number,
): Pick<BearingForecasts, "leadHours" | "firstHours"> {
  const quiet = rows.map(({ view }) => view.sample.state === "deviation").lastIndexOf(false);
  const told = episodes.filter(({ shadow, detector }) => detector === "deviation" && !shadow);
  const first = told.reduce<number | null>(
    (at, { startedAt }) => (at === null ? startedAt : Math.min(at, startedAt)),
    null,
  );
  return {
    leadHours: hoursBefore(endAt, rows[quiet + 1]?.at ?? null),
    firstHours: hoursBefore(endAt, first),
  };
}

function hoursBefore(endAt: number, at: number | null): number | null {
  return at === null ? null : (endAt - at) / HOUR;
}

/** Goals of the second test: the bearing that failed is told first, and its limits are forecast with skill. */
export function goalsOfForecasts(bearings: readonly BearingForecasts[]): readonly Goal[] {
  const second = bearings.filter(({ run }) => run.test === "test 2");
  const failed = second.find(({ run }) => run.failed);
  if (failed === undefined) return [];
  const neighbours = second.filter(({ run }) => !run.failed);
  const earliest = Math.max(0, ...neighbours.map(({ firstHours }) => firstHours ?? 0));
  return [
    {
      name: "test 2: first neighbour told, hours before the end",
      asked: `≤ ${(failed.leadHours ?? 0).toFixed(1)}`,
      reached: earliest.toFixed(1),
      ok: earliest <= (failed.leadHours ?? 0),
    },
    ...failed.limits.flatMap(({ factor, scores }) =>
      HORIZONS.slice(0, 2).map((horizon, i): Goal => {
        const score = scores[i];
        const bound = score?.brierOfBaseRate ?? 0;
        return {
          name: `test 2: Brier of ${factor} × healthy within ${horizon} h, below that of the base rate`,
          asked: `< ${bound.toFixed(3)}`,
          reached: (score?.brier ?? 1).toFixed(3),
          ok: (score?.brier ?? 1) < bound,
        };
      }),
    ),
    {
      name: "72 h ahead without a record of the plant",
      asked: "refused",
      reached: stateOf("wiener_first_passage", 72, null) === "shown" ? "shown" : "refused",
      ok: stateOf("wiener_first_passage", 72, null) !== "shown",
    },
  ];
}

export function tablesOfForecasts(bearings: readonly BearingForecasts[]): readonly EvalTable[] {
  const hours = (value: number | null): string => (value === null ? "never" : value.toFixed(1));
  return [
    {
      title: "Each bearing by itself: hours before the end",
      columns: ["test", "bearing", "failed", "told for good", "told first"],
      rows: bearings.map(({ run, leadHours, firstHours }) => [
        run.test,
        run.bearing,
        run.failed ? "yes" : "no",
        hours(leadHours),
        hours(firstHours),
      ]),
    },
    {
      title: "Limit forecast every hour while a trend is flagged: Brier / Brier of the base rate",
      columns: [
        "test",
        "bearing",
        "limit",
        "reached before the end, h",
        "6 h",
        "24 h",
        "72 h, not shown",
      ],
      rows: [
        ...bearings.flatMap(({ run, limits }) =>
          limits.map(({ factor, reachedHours, scores }) => [
            run.test,
            run.bearing,
            `${factor} × healthy`,
            hours(reachedHours),
            ...scores.map(cellOf),
          ]),
        ),
        ["all", "", "", "", ...HORIZONS.map((_, i) => cellOf(pooledScore(bearings, i)))],
      ],
    },
  ];
}

function cellOf({ brier, brierOfBaseRate, forecasts }: BrierScore): string {
  return forecasts === 0 ? "–" : `${brier.toFixed(3)} / ${brierOfBaseRate.toFixed(3)}`;
}

/** All forecasts of one horizon together; the base rate is that of all of them. */
function pooledScore(bearings: readonly BearingForecasts[], horizon: number): BrierScore {
  const scores = bearings.flatMap(({ limits }) =>
    limits.flatMap((one) => one.scores[horizon] ?? []),
  );
  const sum = (value: (score: BrierScore) => number): number =>
    scores.reduce((total, score) => total + value(score), 0);
  const forecasts = sum((score) => score.forecasts);
  const reached = sum((score) => score.reached);
  const rate = reached / Math.max(1, forecasts);
  const missed = sum((score) => (score.forecasts === 0 ? 0 : score.brier * score.forecasts));
  return {
    forecasts,
    reached,
    brier: missed / Math.max(1, forecasts),
    brierOfBaseRate: rate * (1 - rate),
    cases: scores.flatMap(({ cases }) => cases),
  };
}

/** The bearing that failed, with its first rows cut off. */
export function tableOfCuts(cuts: readonly BearingForecasts[]): EvalTable {
  return {
    title: "Test 2, bearing 1, first rows cut off: Brier / Brier of the base rate",
    columns: [
      "rows cut",
      "told before the end, h",
      ...LIMITS.flatMap((factor) =>
        HORIZONS.slice(0, 2).map((horizon) => `${factor} × healthy, ${horizon} h`),
      ),
    ],
    rows: cuts.map(({ run, leadHours, limits }) => [
      String(run.cut),
      leadHours === null ? "never" : leadHours.toFixed(1),
      ...limits.flatMap(({ scores }) => scores.slice(0, 2).map(cellOf)),
    ]),
  };
}

/** All bearings together, a series for each horizon that is shown. */
export function pictureOfForecasts(bearings: readonly BearingForecasts[]): EvalPicture {
  const series = HORIZONS.slice(0, 2).map((horizon, i) => {
    return { name: `within ${horizon} h`, cases: pooledScore(bearings, i).cases };
  });
  return {
    file: "accuracy-ims-reliability.svg",
    title: "Limit reached within 6 and 24 h, all bearings: predicted against observed",
    svg: drawReliability(series),
  };
}

/** RUL intervals of single bearings under overload, a forecast a minute while a trend is flagged. */
export async function intervalsOfFemto(
  files: readonly { readonly name: string; readonly path: string }[],
): Promise<Pick<EvalResult, "goals" | "tables"> & { readonly coverage: number | null }> {
  const rows: { name: string; made: number; given: number; covered: number }[] = [];
  for (const { name, path } of files) {
    const recording = await openMapped(path, "femto");
    const metrics = Object.keys(recording.map.metrics);
    const limits = { peak_h: FEMTO_LIMIT, peak_v: FEMTO_LIMIT };
    const watched = await watch(recording, { metrics, limits });
    const endAt = watched.rows.at(-1)?.at ?? 0;
    const made = await forecastsOf(watched, { everyMs: MINUTE, until: endAt });
    const intervals = made.flatMap(({ at, candidate: { forecast } }) =>
      forecast.rul === null ? [] : [{ left: (endAt - at) / HOUR, ...forecast.rul }],
    );
    const covered = intervals.filter(({ left, p05, p95 }) => p05 <= left && left <= p95).length;
    rows.push({ name, made: made.length, given: intervals.length, covered });
  }
  const given = rows.reduce((sum, row) => sum + row.given, 0);
  const covered = rows.reduce((sum, row) => sum + row.covered, 0);
  const share = percent(covered, given);
  return {
    coverage: given === 0 ? null : covered / given,
    goals: [
      {
        name: "truth within the intervals that were given, %",
        asked: "≥ 80",
        reached: given === 0 ? "none was given" : `${share.toFixed(0)} (${covered} of ${given})`,
        ok: given > 0 && share >= 80,
      },
    ],
    tables: [
      {
        title: "Forecasts of the 20 g limit, one a minute while a trend is flagged",
        columns: ["bearing", "forecasts", "with an interval", "truth within"],
        rows: rows.map(({ name, made, given, covered }) => [
          name,
          String(made),
          String(given),
          String(covered),
        ]),
      },
    ],
  };
}
