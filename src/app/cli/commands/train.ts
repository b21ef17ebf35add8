import { existsSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { DAY, HOUR, isIdentifier, MINUTE, type Ms } from "../../../model/basics.ts";
import type { FailureModel } from "../../../pipeline/predict/failure/failure-model.ts";
import type { RunHistory } from "../../../pipeline/predict/failure/run-history.ts";
import type { RecordStore } from "../../../ports/record-store.ts";
import { type DataDir, dataDirAt } from "../../data-dir.ts";
import { openTelemetryBeside } from "../../export/telemetry-beside.ts";
import { openInstallKeys } from "../../install-secret.ts";
import { openRecordStore } from "../../registry.ts";
import { orderRuns } from "../../training/order-runs.ts";
import { folderRuns, storeModel, trainType } from "../../training/train-type.ts";
import { configOf, type SettingOptions } from "../settings.ts";
import { formatTable } from "../table.ts";

export interface TrainOptions extends SettingOptions {
  readonly type: string;
  readonly folder?: string;
  readonly map?: string;
  readonly step: string;
  readonly cap: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** Devices of one type that are looked at. */
const DEVICES_MAX = 10_000;
const spans: Readonly<Record<string, Ms>> = { m: MINUTE, h: HOUR, d: DAY };

/**
 * `iai train`: a model of a device type from its runs to failure, stored as the next version, whether IAI runs on the
 * data folder or not; a running one uses it within five minutes.
 */
export async function runTrain(options: TrainOptions): Promise<number> {
  const stepMs = spanOf(options.step);
  const cap = wholeNumber("--cap", options.cap, 10);
  const seed = wholeNumber("--seed", options.seed, 0);
  if (!isIdentifier(options.type))
    throw new IaiError(
      "USAGE",
      `Cannot train: --type must be a device type, got "${options.type}"`,
    );
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  if (config.recordStore.kind === "sqlite" && !existsSync(dir.records)) {
    const reason = `there is no data of IAI in "${dir.root}"`;
    throw new IaiError("NOT_FOUND", `Cannot train: ${reason}, nothing was stored`);
  }
  const deps = { dir, clock: systemClock, log: silentLog };
  const records = await openRecordStore(config.recordStore, deps);
  try {
    const store = config.telemetryStore;
    const runs =
      options.folder === undefined
        ? await runsOfPlant(options, { records, dir, store, stepMs })
        : await folderRuns(options.folder, mapOf(options), stepMs);
    const model = trainType(runs, { deviceType: options.type, cap, seed });
    const row = await storeModel(records, model, {
      clock: systemClock,
      createdBy: "command line",
      auditKey: (await openInstallKeys(config.access.secretFile ?? dir.installSecret)).audit,
    });
    tell(options, model, row.modelId);
    return 0;
  } finally {
    await records.close();
  }
}

async function runsOfPlant(
  { type }: TrainOptions,
  plant: {
    readonly records: RecordStore;
    readonly dir: DataDir;
    readonly store: Parameters<typeof openTelemetryBeside>[0];
    readonly stepMs: Ms;
  },
): Promise<readonly RunHistory[]> {
  const { records, dir, store, stepMs } = plant;
  const devices = await records.read((tx) =>
    tx.list("device_registry", { where: { deviceType: type }, limit: DEVICES_MAX }),
  );
  const telemetry = await openTelemetryBeside(store, dir, true);
  try {
    return await orderRuns({ records, telemetry }, devices, stepMs);
  } finally {
    await telemetry.close();
  }
}

function mapOf({ map }: TrainOptions): string {
  if (map !== undefined) return map;
  throw new IaiError(
    "USAGE",
    "Cannot train: --folder needs --map, which says what the columns are",
  );
}

function spanOf(text: string): Ms {
  const [, count = "0", unit = ""] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const span = Number(count) * (spans[unit] ?? 0);
  if (span > 0) return span;
  const message = `Cannot train: --step must be like 10m, 1h or 1d, got "${text}"`;
  throw new IaiError("USAGE", message);
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= 1_000_000) return value;
  const message = `Cannot train: ${option} must be a whole number from ${least}, got "${text}"`;
  throw new IaiError("USAGE", message);
}

function tell({ json }: TrainOptions, model: FailureModel, modelId: string): void {
  const { skill, data, trees } = model;
  if (json === true) {
    const said = {
      model_id: modelId,
      histories: data.histories.length,
      rows: data.rows,
      step_ms: model.stepMs,
      rmse_steps: skill.rmseSteps,
      rmse_of_mean_steps: skill.rmseOfMeanSteps,
      coverage: skill.coverage,
      horizons: skill.horizons.map(({ steps, brier, brierOfBaseRate }) => {
        return { steps, brier, brier_of_base_rate: brierOfBaseRate };
      }),
    };
    process.stdout.write(`${JSON.stringify(said)}\n`);
    return;
  }
  const hours = (steps: number): string => ((steps * model.stepMs) / HOUR).toFixed(1);
  const strongest = trees.importance
    .map((share, i) => ({ share, name: trees.names[i] ?? "" }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 5);
  const rows = skill.horizons.map(({ steps, brier, brierOfBaseRate }) => [
    hours(steps),
    brier.toFixed(4),
    brierOfBaseRate.toFixed(4),
    (1 - brier / Math.max(1e-9, brierOfBaseRate)).toFixed(2),
  ]);
  const lines = [
    `model ${modelId}: ${data.histories.length} runs to failure, ${data.rows} steps of ${hours(1)} h`,
    `held-out runs, ${skill.folds} folds: error ${hours(skill.rmseSteps)} h (always telling the mean: ${hours(skill.rmseOfMeanSteps)} h), truth within the 90 % interval ${(100 * skill.coverage).toFixed(0)} %`,
    `looks most at: ${strongest.map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`).join(", ")}`,
    "",
    formatTable([["failure within, h", "Brier", "of the base rate", "skill"], ...rows]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
