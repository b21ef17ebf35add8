import type { Clock } from "../../kernel/clock.ts";
import { type EpochMs, MINUTE } from "../../model/basics.ts";
import type { ForecastOutcome, ForecastRow } from "../../model/prediction.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { isRenewal } from "./failure/model-forecast.ts";

export interface ScoringDeps {
  readonly records: RecordStore;
  readonly telemetry: Pick<TelemetryStore, "aggregates">;
  readonly clock: Clock;
}

/** Forecasts scored at once; the rest follows in the next round. */
const ROUND_MAX = 500;
/** Steps that a horizon is looked at in, at most. */
const STEPS_MAX = 1_000;
/** With readings in less than this share of the time nobody knows whether a limit was reached. */
const SHARE_MIN = 0.5;
const PARTS = 24;
const PART_MS = 15 * MINUTE;

/** Holds every forecast whose time is over against what happened; gives how many. */
export async function scoreDueForecasts(deps: ScoringDeps): Promise<number> {
  const now = deps.clock.now();
  const due = await deps.records.read((tx) =>
    tx.list("forecast", {
      where: { outcome: null, dueAt: { lte: now } },
      orderBy: [["dueAt", "asc"]],
      limit: ROUND_MAX,
    }),
  );
  for (const row of due) {
    const outcome = await outcomeOf(deps, row);
    await deps.records.transaction((tx) =>
      tx.update(
        "forecast",
        { forecastId: row.forecastId, outcome: null },
        { outcome, scoredAt: now },
      ),
    );
  }
  return due.length;
}

async function outcomeOf(deps: ScoringDeps, row: ForecastRow): Promise<ForecastOutcome> {
  const renewed = await wasRenewed(deps, row);
  if (row.forecastLimit === null) return renewed ? "reached" : "not_reached";
  const crossed = await limitReached(deps, row);
  if (crossed === true) return "reached";
  // A machine that was repaired meanwhile would have gone on otherwise.
  return renewed || crossed === null ? "unknown" : "not_reached";
}

/** True: an order that replaced or repaired something was closed within the horizon, its alarm not called wrong. */
async function wasRenewed({ records }: ScoringDeps, row: ForecastRow): Promise<boolean> {
  const orders = await records.read((tx) =>
    tx.list("work_order", {
      where: {
        deviceId: row.deviceId,
        status: "COMPLETED",
        completedAt: { gte: row.madeAt, lte: row.dueAt },
      },
      limit: 100,
    }),
  );
  return orders.some(({ verdict }) => verdict?.alarm !== "wrong" && isRenewal(verdict?.fix));
}

/** Null: too few readings to tell. */
async function limitReached(
  { telemetry }: ScoringDeps,
  { deviceId, forecastLimit, madeAt, dueAt }: ForecastRow,
): Promise<boolean | null> {
  if (forecastLimit === null) return null;
  const { metric, rated, value } = forecastLimit;
  const stepMs = (Math.floor((dueAt - madeAt) / (STEPS_MAX * MINUTE)) + 1) * MINUTE;
  const rows = await telemetry.aggregates({
    deviceId,
    from: madeAt,
    to: dueAt,
    metrics: [metric],
    stepMs,
    limit: STEPS_MAX + 2,
  });
  // A forecast is of the level that averages show; single peaks are the business of limits and rules.
  const isHigh = rated >= value;
  if (rows.some(({ avg }) => (isHigh ? avg >= rated : avg <= rated))) return true;
  return shareHeard(rows, madeAt, dueAt) >= SHARE_MIN ? false : null;
}

/** Share of the horizon's parts with any reading: machines report every second or every ten minutes. */
function shareHeard(
  rows: readonly { readonly minuteAt: EpochMs }[],
  madeAt: EpochMs,
  dueAt: EpochMs,
): number {
  const partMs = Math.max(PART_MS, (dueAt - madeAt) / PARTS);
  const heard = new Set(rows.map(({ minuteAt }) => Math.floor((minuteAt - madeAt) / partMs)));
  return (heard.size * partMs) / (dueAt - madeAt);
}
