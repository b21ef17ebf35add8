import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import type { PredictionModelRow } from "../../model/prediction.ts";
import { type FailureModel, HISTORIES_MIN } from "../../pipeline/predict/failure/failure-model.ts";
import {
  commonMetrics,
  type RunHistory,
  stepsOf,
} from "../../pipeline/predict/failure/run-history.ts";
import { trainFailureModel } from "../../pipeline/predict/failure/train-failure-model.ts";
import { SHORT_STEPS } from "../../pipeline/predict/failure/window-features.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { createAuditLog } from "../../present/access/audit-log.ts";
import { openRecording } from "../recording/recording.ts";
import { runsOf } from "./recorded-runs.ts";

/** Recordings of a folder through one map, each device of each file a run that ends with its failure. */
export async function folderRuns(
  folder: string,
  map: string,
  stepMs: Ms,
): Promise<readonly RunHistory[]> {
  const files = (await readdir(folder)).filter((file) => /\.(csv|txt)(\.gz)?$/.test(file));
  const runs: RunHistory[] = [];
  for (const file of files.toSorted()) {
    const recording = await openRecording({ file: join(folder, file), map, device: null });
    runs.push(...(await runsOf(recording, stepMs, files.length > 1 ? `${file} ` : "")));
  }
  return runs;
}

/** Trains on the runs that are long enough; TRAINING_TOO_LITTLE when they are fewer than ten or tell nothing. */
export function trainType(
  runs: readonly RunHistory[],
  options: { readonly deviceType: string; readonly cap: number; readonly seed: number },
): FailureModel {
  const { deviceType } = options;
  const whole = runs.filter((run) => stepsOf(run) >= SHORT_STEPS + 1);
  if (whole.length < HISTORIES_MIN) {
    const message = `Cannot train a model of "${deviceType}": there are ${runs.length} runs to failure, ${whole.length} of them longer than ${SHORT_STEPS} steps, and ${HISTORIES_MIN} are needed; nothing was stored`;
    throw new IaiError("TRAINING_TOO_LITTLE", message, {
      data: { runs: runs.length, usable: whole.length },
    });
  }
  if (commonMetrics(whole).length > 0) return trainFailureModel(whole, options);
  const message = `Cannot train a model of "${deviceType}": no metric was measured in all ${whole.length} runs and moves in them; nothing was stored`;
  throw new IaiError("TRAINING_TOO_LITTLE", message, { data: { runs: runs.length } });
}

/** Versions of a type that are kept for comparison; a model is up to a megabyte. */
const VERSIONS_KEPT = 10;

/** Stores a model as the next version of its type; of the older ones the newest ten stay. */
export async function storeModel(
  records: RecordStore,
  model: FailureModel,
  by: {
    readonly clock: Clock;
    readonly createdBy: string;
    /** Key of the audit log. */
    readonly auditKey: Uint8Array;
  },
): Promise<PredictionModelRow> {
  const { clock, createdBy } = by;
  const audit = createAuditLog({ records, clock, key: by.auditKey });
  return records.transaction(async (tx) => {
    const [newest] = await tx.list("prediction_model", {
      where: { deviceType: model.deviceType },
      orderBy: [["version", "desc"]],
      limit: 1,
    });
    const version = (newest?.version ?? 0) + 1;
    const row: PredictionModelRow = {
      modelId: `${model.deviceType}:${version}`,
      deviceType: model.deviceType,
      version,
      createdAt: clock.now(),
      createdBy,
      histories: model.data.histories.length,
      stepMs: model.stepMs,
      model: { ...model },
    };
    await tx.insert("prediction_model", row);
    await tx.remove("prediction_model", {
      deviceType: model.deviceType,
      version: { lte: version - VERSIONS_KEPT },
    });
    await audit.stage(tx, {
      actor: createdBy,
      origin: "cli",
      action: "prediction_model.train",
      subject: row.modelId,
      result: "ok",
      detail: { histories: row.histories, step_ms: row.stepMs },
    });
    return row;
  });
}
