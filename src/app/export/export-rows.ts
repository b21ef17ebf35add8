import { DAY, type DeviceId, type EpochMs, HOUR } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { alertOut, alertToWire } from "../../wire/alert.ts";
import { auditOut, auditToWire, quarantineOut, quarantineToWire } from "../../wire/operations.ts";
import { reportOut, reportToWire } from "../../wire/report.ts";
import { workOrderOut, workOrderToWire } from "../../wire/work-order.ts";
import {
  alertRows,
  auditRows,
  deviceIds,
  quarantineRows,
  reportRows,
  workOrderRows,
} from "./record-pages.ts";
import {
  aggregateColumns,
  aggregateRows,
  anomalyColumns,
  anomalyRows,
  readingColumns,
  readingRows,
} from "./telemetry-pages.ts";

export const exportKinds = [
  "readings",
  "aggregates",
  "anomalies",
  "alerts",
  "reports",
  "orders",
  "quarantine",
  "audit",
] as const;

export type ExportKind = (typeof exportKinds)[number];

/** A row in wire form: the field names of the API, every field of its kind. */
export type ExportRow = Readonly<Record<string, unknown>>;

export interface ExportFilter {
  /** null: all devices. The audit log is the plant's, not a device's. */
  readonly deviceId: DeviceId | null;
  /** null: from the oldest. */
  readonly from: EpochMs | null;
  /** Exclusive; null: to the newest. */
  readonly to: EpochMs | null;
}

export interface ExportSource {
  readonly telemetry: Pick<TelemetryStore, "readings" | "aggregates" | "episodes">;
  readonly records: Pick<RecordStore, "read">;
  readonly now: EpochMs;
}

/** A filter with both its ends. */
export interface ExportRange {
  readonly deviceId: DeviceId | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Nothing is kept for longer: aggregates for a year. */
const OLDEST_MS = 400 * DAY;

/**
 * All rows of a kind, oldest first (readings and aggregates: device by device). Reads page by page: what is
 * written meanwhile may or may not be among them, what was there before is, once.
 */
export async function* exportRows(
  kind: ExportKind,
  filter: ExportFilter,
  source: ExportSource,
): AsyncGenerator<ExportRow> {
  const { telemetry, records, now } = source;
  const oldest = isTelemetry(kind) ? now - OLDEST_MS : 0;
  const range: ExportRange = {
    deviceId: filter.deviceId,
    from: filter.from ?? oldest,
    // Devices' clocks may run ahead a little.
    to: filter.to ?? now + HOUR,
  };
  switch (kind) {
    case "readings":
      for await (const deviceId of deviceIds(records, range))
        yield* readingRows(telemetry, deviceId, range);
      return;
    case "aggregates":
      for await (const deviceId of deviceIds(records, range))
        yield* aggregateRows(telemetry, deviceId, range);
      return;
    case "anomalies":
      yield* anomalyRows(telemetry, range);
      return;
    case "alerts":
      for await (const row of alertRows(records, range)) yield alertToWire(row, now);
      return;
    case "reports":
      for await (const row of reportRows(records, range)) yield reportToWire(row, "en");
      return;
    case "orders":
      for await (const row of workOrderRows(records, range)) yield workOrderToWire(row, "en");
      return;
    case "quarantine":
      for await (const row of quarantineRows(records, range)) yield quarantineToWire(row);
      return;
    case "audit":
      for await (const row of auditRows(records, range)) yield auditToWire(row);
      return;
  }
}

/** Field names of a kind, in the order of its CSV columns; they change only with the API. */
export function exportColumns(kind: ExportKind): readonly string[] {
  switch (kind) {
    case "readings":
      return readingColumns;
    case "aggregates":
      return aggregateColumns;
    case "anomalies":
      return anomalyColumns;
    case "alerts":
      return Object.keys(alertOut.shape);
    case "reports":
      return Object.keys(reportOut.shape);
    case "orders":
      return Object.keys(workOrderOut.shape);
    case "quarantine":
      return Object.keys(quarantineOut.shape);
    case "audit":
      return Object.keys(auditOut.shape);
  }
}

function isTelemetry(kind: ExportKind): boolean {
  return kind === "readings" || kind === "aggregates" || kind === "anomalies";
}
