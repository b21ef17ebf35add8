import type { Clock } from "../../../kernel/clock.ts";
import { type EpochMs, HOUR, MINUTE, type Ms } from "../../../model/basics.ts";
import type { Device } from "../../../model/device.ts";
import type { BilingualText } from "../../../model/diagnosis.ts";
import type { RemainingHours } from "../../../model/prediction.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import { beginUnknown, tooFewValues } from "../forecast-words.ts";
import { applyFailureModel, type FailureForecast, type FailureModel } from "./failure-model.ts";
import { FEATURE_STEPS, featuresAt, SHORT_STEPS } from "./window-features.ts";

/** What a model says of a device now. */
export interface ModelForecast {
  readonly said: FailureForecast;
  readonly model: FailureModel;
  readonly version: number;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** A trained model as it is used. */
export interface FoundModel {
  readonly model: FailureModel;
  readonly version: number;
}

/** How long a newly trained model may stay unseen: models are large, and read for every forecast. */
const MODEL_AGE_MAX_MS = 5 * MINUTE;

export type FindModel = (deviceType: string) => Promise<FoundModel | null>;

/** Finds the newest model of a device type and keeps it for five minutes; null: none was trained. */
export function createModelFinder(
  records: Pick<RecordStore, "read">,
  clock: Pick<Clock, "monotonic">,
): FindModel {
  const kept = new Map<string, { readonly at: Ms; readonly found: FoundModel | null }>();
  return async (deviceType) => {
    const before = kept.get(deviceType);
    const now = clock.monotonic();
    if (before !== undefined && now - before.at < MODEL_AGE_MAX_MS) return before.found;
    const found = await newestModel(records, deviceType);
    kept.set(deviceType, { at: now, found });
    return found;
  };
}

async function newestModel(
  records: Pick<RecordStore, "read">,
  deviceType: string,
): Promise<FoundModel | null> {
  const [row] = await records.read((tx) =>
    tx.list("prediction_model", {
      where: { deviceType },
      orderBy: [["version", "desc"]],
      limit: 1,
    }),
  );
  // Written by `iai train` alone; another format belongs to another version of this program.
  if (row === undefined || row.model["format"] !== 1) return null;
  return { model: row.model as unknown as FailureModel, version: row.version };
}

/** When the machine was new or repaired last, by its orders or its installation; null: nobody knows. */
export async function runBegan(
  records: Pick<RecordStore, "read">,
  device: Device,
  before: EpochMs,
): Promise<EpochMs | null> {
  const closed = await records.read((tx) =>
    tx.list("work_order", {
      where: {
        deviceId: device.deviceId,
        status: "COMPLETED",
        completedAt: { lt: before },
      },
      orderBy: [["completedAt", "desc"]],
      limit: 50,
    }),
  );
  const repaired = closed.find(({ verdict }) => isRenewal(verdict?.fix));
  if (repaired?.completedAt != null) return repaired.completedAt;
  const installed = device.installDate === null ? Number.NaN : Date.parse(device.installDate);
  return Number.isNaN(installed) ? null : installed;
}

/** True for a fix after which the machine's life begins anew. */
export function isRenewal(fix: string | undefined): boolean {
  return fix === "repair" || fix === "replacement";
}

/** Applies a model to the newest steps of a device; a text says why it cannot. */
export async function modelForecast(
  deps: {
    readonly records: Pick<RecordStore, "read">;
    readonly telemetry: Pick<TelemetryStore, "aggregates">;
    readonly findModel: FindModel;
  },
  device: Device,
  now: EpochMs,
): Promise<ModelForecast | BilingualText | null> {
  const found = await deps.findModel(device.deviceType);
  if (found === null) return null;
  const { model, version } = found;
  const beganAt = await runBegan(deps.records, device, now);
  // An age that is not true makes intervals far too narrow: rather no answer.
  if (beganAt === null) return beginUnknown;
  const end = Math.floor(now / model.stepMs) * model.stepMs;
  const from = Math.max(beganAt, end - FEATURE_STEPS * model.stepMs);
  const rows = await deps.telemetry.aggregates({
    deviceId: device.deviceId,
    from,
    to: end,
    metrics: model.metrics,
    stepMs: model.stepMs,
    limit: (FEATURE_STEPS + 2) * model.metrics.length,
  });
  const columns = model.metrics.map((metric) => {
    const column = new Float64Array(FEATURE_STEPS).fill(Number.NaN);
    for (const row of rows) {
      const place = FEATURE_STEPS - 1 - Math.floor((end - 1 - row.minuteAt) / model.stepMs);
      if (row.metric === metric && place >= 0) column[place] = row.avg;
    }
    return column;
  });
  const thin = model.metrics.find((_, i) => isThin(columns[i]));
  if (thin !== undefined)
    return tooFewValues(device.deviceType, thin, { steps: SHORT_STEPS, stepMs: model.stepMs });
  const age = (end - beganAt) / model.stepMs;
  const said = applyFailureModel(model, featuresAt(columns, FEATURE_STEPS - 1, age));
  return { said, model, version, from, until: end };
}

/** Half of the short window and its newest value must be there. */
function isThin(column: Float64Array | undefined): boolean {
  const newest = column?.slice(-SHORT_STEPS) ?? [];
  const there = newest.filter((value) => !Number.isNaN(value)).length;
  return there < SHORT_STEPS / 2 || newest.slice(-3).every(Number.isNaN);
}

export function inHours({ p05, p50, p95 }: RemainingHours, stepMs: number): RemainingHours {
  const hours = stepMs / HOUR;
  return { p05: p05 * hours, p50: p50 * hours, p95: p95 * hours };
}
