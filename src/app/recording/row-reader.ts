import { IaiError } from "../../kernel/errors.ts";
import { type EpochMs, isIdentifier, type MetricName } from "../../model/basics.ts";
import { canonicalUnit, standardUnitOf } from "../../model/units.ts";
import type { CsvRow } from "./csv-rows.ts";
import type { RecordingMap } from "./recording-map.ts";
import { createTimeReader } from "./recording-time.ts";

/** A row as a reading in wire form, exactly as `iai replay` sends it. */
export type WireReading = Readonly<Record<string, unknown>> & {
  readonly device_id: string;
  readonly timestamp: EpochMs;
};

export interface RecordedRow {
  readonly row: number;
  readonly line: number;
  readonly deviceId: string;
  readonly measuredAt: EpochMs;
  readonly wire: WireReading;
}

/** A row without device or time, or with cells that no column names, cannot be sent; it keeps its place and says why. */
export interface RefusedRow {
  readonly row: number;
  readonly line: number;
  readonly rejected: "FIELD_MISSING" | "FIELD_UNKNOWN" | "TS_INVALID" | "DEVICE_ID_INVALID";
}

export interface RowReaderOptions {
  readonly file: string;
  /** Wins over the map; null: the map's. */
  readonly device: string | null;
}

const shorthands: ReadonlySet<MetricName> = new Set([
  "temperature",
  "vibration",
  "pressure",
  "current",
]);

/** Turns cells into readings; MAP_INVALID names a column that the map reads and the file does not have. */
export function createRowReader(
  map: RecordingMap,
  header: readonly string[],
  options: RowReaderOptions,
): (csv: CsvRow) => RecordedRow | RefusedRow {
  const columns = new Columns(header, options.file);
  const timeColumn = "column" in map.timestamp ? columns.indexOf(map.timestamp.column) : -1;
  const readTime = createTimeReader(map.timestamp);
  const deviceOf = createDeviceReader(map, columns, options);
  const metrics = Object.entries(map.metrics).map(([name, spec]) => ({
    name,
    indices: (spec.columns ?? [spec.column ?? ""]).map((column) => columns.indexOf(column)),
    take: spec.take ?? "max",
    unit: canonicalUnit(spec.unit ?? standardUnitOf(name)) ?? "1",
  }));
  const units = Object.fromEntries(
    metrics.filter((m) => m.unit !== standardUnitOf(m.name)).map((m) => [m.name, m.unit]),
  );
  const hasUnits = Object.keys(units).length > 0;
  // Names that a map gives may be fewer than the columns; those of the file are all there are.
  const width = map.header === undefined ? header.length : Number.POSITIVE_INFINITY;
  return ({ row, line, cells }) => {
    // "12,5" in a file with commas: every cell behind it would be read as its neighbour's.
    if (cells.length > width && cells.slice(width).some((cell) => cell.trim() !== ""))
      return { row, line, rejected: "FIELD_UNKNOWN" };
    const time = readTime(cells[timeColumn] ?? "", row);
    if (!time.ok) return { row, line, rejected: time.code };
    const deviceId = deviceOf(cells);
    if (!isIdentifier(deviceId)) return { row, line, rejected: "DEVICE_ID_INVALID" };
    const named: Record<MetricName, unknown> = {};
    const open: Record<MetricName, unknown> = {};
    for (const metric of metrics) {
      const value = takeCells(cells, metric.indices, metric.take);
      if (value === null) continue;
      (shorthands.has(metric.name) ? named : open)[metric.name] = value;
    }
    const wire: WireReading = {
      device_id: deviceId,
      timestamp: time.at,
      ...named,
      ...(Object.keys(open).length > 0 ? { metrics: open } : {}),
      ...(hasUnits ? { units } : {}),
    };
    return { row, line, deviceId, measuredAt: time.at, wire };
  };
}

class Columns {
  readonly #header: readonly string[];
  readonly #file: string;

  constructor(header: readonly string[], file: string) {
    this.#header = header;
    this.#file = file;
  }

  indexOf(column: string): number {
    const index = this.#header.indexOf(column.trim());
    if (index >= 0) return index;
    const known = this.#header.join(", ").slice(0, 500);
    const message = `Cannot use the map: "${this.#file}" has no column "${column}", only ${known}`;
    throw new IaiError("MAP_INVALID", message, {
      data: { file: this.#file, line: 1, column },
    });
  }
}

function createDeviceReader(
  map: RecordingMap,
  columns: Columns,
  options: RowReaderOptions,
): (cells: readonly string[]) => string {
  const { device } = options;
  if (device !== null) return () => device;
  if (typeof map.device === "string") {
    const constant = map.device;
    return () => constant;
  }
  if (map.device === undefined) {
    const message = `Cannot read "${options.file}": neither the map nor --device names the device`;
    throw new IaiError("MAP_INVALID", message, { data: { file: options.file } });
  }
  const index = columns.indexOf(map.device.column);
  return (cells) => (cells[index] ?? "").trim();
}

/**
 * The number of one or several cells; a text where it is none, so that ingest says what is wrong with it; null
 * where nothing was measured. One broken sensor of several does not hide the others.
 */
function takeCells(
  cells: readonly string[],
  indices: readonly number[],
  take: "max" | "min" | "mean" | "sum",
): number | string | null {
  const written = indices.map((index) => (cells[index] ?? "").trim()).filter((cell) => cell !== "");
  if (written.length === 0) return null;
  const numbers = written.filter(isNumeric).map(Number);
  if (numbers.length === 0) return written[0] ?? null;
  switch (take) {
    case "max":
      return Math.max(...numbers);
    case "min":
      return Math.min(...numbers);
    case "sum":
      return numbers.reduce((sum, value) => sum + value, 0);
    case "mean":
      return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  }
}

/** A plain decimal number; hexadecimal, `Infinity` and `NaN` are texts. */
function isNumeric(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(cell) && Number.isFinite(Number(cell));
}
