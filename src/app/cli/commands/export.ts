import { existsSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { type EpochMs, isIdentifier } from "../../../model/basics.ts";
import { parseInstant } from "../../../wire/basics.ts";
import { dataDirAt } from "../../data-dir.ts";
import { type ExportFormat, formatRows } from "../../export/export-format.ts";
import {
  type ExportFilter,
  type ExportKind,
  exportColumns,
  exportKinds,
  exportRows,
} from "../../export/export-rows.ts";
import { emptyTelemetry, openTelemetryBeside } from "../../export/telemetry-beside.ts";
import { openRecordStore } from "../../registry.ts";
import { configOf, type SettingOptions } from "../settings.ts";
import { writeAll } from "../write-all.ts";

export interface ExportOptions extends SettingOptions {
  readonly kind: string;
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: ExportFormat;
}

/**
 * `iai export`: whole rows to standard output, whether IAI runs on the data folder or not. Reads beside it: what
 * is not in its files yet is taken from its log, nothing is written.
 */
export async function runExport(options: ExportOptions): Promise<number> {
  const kind = kindOf(options.kind);
  const filter = filterOf(options);
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  if (config.recordStore.kind === "sqlite" && !existsSync(dir.records)) {
    const reason = `there is no data of IAI in "${dir.root}"`;
    throw new IaiError("NOT_FOUND", `Cannot export: ${reason}, nothing was written`);
  }
  const deps = { dir, clock: systemClock, log: silentLog };
  const records = await openRecordStore(config.recordStore, deps);
  const needed = kind === "readings" || kind === "aggregates" || kind === "anomalies";
  const telemetry = needed
    ? await openTelemetryBeside(config.telemetryStore, dir, kind !== "anomalies")
    : emptyTelemetry;
  try {
    const source = { telemetry, records, now: systemClock.now() };
    const rows = exportRows(kind, filter, source);
    await writeAll(process.stdout, formatRows(rows, options.format, exportColumns(kind)));
    return 0;
  } finally {
    await telemetry.close();
    await records.close();
  }
}

function kindOf(text: string): ExportKind {
  const kind = exportKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  const message = `Cannot export "${text}": it must be one of ${exportKinds.join(", ")}`;
  throw new IaiError("USAGE", message);
}

function filterOf({ device, from, to }: ExportOptions): ExportFilter {
  if (device !== undefined && !isIdentifier(device)) {
    const reason = `--device must be an id of 1–50 characters, got "${device}"`;
    throw new IaiError("USAGE", `Cannot export: ${reason}`);
  }
  return {
    deviceId: device ?? null,
    from: instantOf("--from", from),
    to: instantOf("--to", to),
  };
}

function instantOf(option: string, text: string | undefined): EpochMs | null {
  if (text === undefined) return null;
  const at = parseInstant(text);
  if (at !== null) return at;
  const allowed = "ISO 8601 with an offset, or whole milliseconds";
  throw new IaiError("USAGE", `Cannot export: ${option} must be ${allowed}, got "${text}"`);
}
