import { DAY, type EpochMs, type MetricName, type Ms } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import { isRenewal } from "../../pipeline/predict/failure/model-forecast.ts";
import type { RunHistory } from "../../pipeline/predict/failure/run-history.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { heldValues } from "./recorded-runs.ts";

/** Orders of one device that are looked at. */
const ORDERS_MAX = 1_000;
/** A machine that was registered within this time of its installation was new. */
const NEW_WITHIN_MS = 7 * DAY;
/** Minutes are asked for month by month. */
const PAGE_MS = 30 * DAY;
const PAGE_ROWS = 1_000_000;

/**
 * Every run to failure of these devices that closed orders tell of. A run ends where an order was written whose alarm
 * was right and which replaced or repaired something, and begins where the one before it was completed, or with the
 * registration of a machine that was new.
 */
export async function orderRuns(
  deps: {
    readonly records: Pick<RecordStore, "read">;
    readonly telemetry: Pick<TelemetryStore, "aggregates">;
  },
  devices: readonly Device[],
  stepMs: Ms,
): Promise<readonly RunHistory[]> {
  const runs: RunHistory[] = [];
  for (const device of devices) {
    const orders = await deps.records.read((tx) =>
      tx.list("work_order", {
        where: { deviceId: device.deviceId, status: "COMPLETED" },
        orderBy: [["completedAt", "asc"]],
        limit: ORDERS_MAX,
      }),
    );
    let from: EpochMs | null = wasNew(device) ? device.createdAt : null;
    for (const { orderNo, verdict, createdAt, completedAt } of orders) {
      if (verdict === null || !isRenewal(verdict.fix)) continue;
      if (from !== null && verdict.alarm === "right" && createdAt - from > stepMs)
        runs.push(
          await readRun(deps.telemetry, device, { id: orderNo, from, to: createdAt, stepMs }),
        );
      from = completedAt ?? createdAt;
    }
  }
  return runs;
}

/** A first run counts only of a machine that was new: an age that is not true teaches wrong things. */
function wasNew({ installDate, createdAt }: Device): boolean {
  return installDate !== null && Date.parse(installDate) >= createdAt - NEW_WITHIN_MS;
}

async function readRun(
  telemetry: Pick<TelemetryStore, "aggregates">,
  { deviceId }: Device,
  run: { readonly id: string; readonly from: EpochMs; readonly to: EpochMs; readonly stepMs: Ms },
): Promise<RunHistory> {
  const { id, from, to, stepMs } = run;
  const end = Math.floor(to / stepMs) * stepMs;
  const begin = Math.floor(from / stepMs) * stepMs;
  const steps = Math.max(1, Math.floor((end - begin) / stepMs));
  const columns = new Map<MetricName, number[]>();
  for (let page = begin; page < end; page += PAGE_MS) {
    const query = { from: page, to: Math.min(end, page + PAGE_MS), stepMs, limit: PAGE_ROWS };
    for (const row of await telemetry.aggregates({ deviceId, metrics: null, ...query })) {
      const column = columns.get(row.metric) ?? new Array<number>(steps).fill(Number.NaN);
      columns.set(row.metric, column);
      column[Math.floor((row.minuteAt - begin) / stepMs)] = row.avg;
    }
  }
  const values = [...columns].map(([metric, column]) => [metric, heldValues(column)] as const);
  return {
    id: `${deviceId} ${id}`,
    from: begin,
    to: end,
    stepMs,
    values: Object.fromEntries(values),
  };
}
