import { IaiError } from "../../kernel/errors.ts";
import type { EpochMs } from "../../model/basics.ts";
import { openCsv } from "./csv-rows.ts";
import { loadRecordingMap, type RecordingMap } from "./recording-map.ts";
import { createRowReader, type RecordedRow, type RefusedRow } from "./row-reader.ts";

export interface RecordingOptions {
  readonly file: string;
  /** Path of the map. */
  readonly map: string;
  /** Wins over the map; null: the map's. */
  readonly device: string | null;
}

export interface RecordingSpan {
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** Rows with a device and a time. */
  readonly rows: number;
  /** Rows without. */
  readonly refused: number;
}

/**
 * A CSV recording seen through a map. Nothing is kept in memory: each call reads the file from its beginning.
 */
export interface Recording {
  readonly map: RecordingMap;
  /** Every data row in the order of the file, refused ones in their place. */
  everyRow(): AsyncIterable<RecordedRow | RefusedRow>;
  /** The rows that can be sent. */
  rows(): AsyncIterable<RecordedRow>;
  /** Earliest and latest time; RECORDING_INVALID when no row can be sent. */
  span(): Promise<RecordingSpan>;
  /** Devices in order of appearance. */
  devices(): Promise<readonly string[]>;
}

/** Opens a recording and checks that the map fits its columns. */
export async function openRecording(options: RecordingOptions): Promise<Recording> {
  const map = await loadRecordingMap(options.map);
  await openRows(map, options);
  const everyRow = (): AsyncIterable<RecordedRow | RefusedRow> => readRows(map, options);
  return {
    map,
    everyRow,
    rows: () => sendable(everyRow()),
    span: () => spanOf(everyRow(), options.file),
    devices: async () => {
      if (options.device !== null) return [options.device];
      if (typeof map.device === "string") return [map.device];
      const devices = new Set<string>();
      for await (const row of sendable(everyRow())) devices.add(row.deviceId);
      return [...devices];
    },
  };
}

/** False for a row that has no device or no time. */
export function isRecorded(row: RecordedRow | RefusedRow): row is RecordedRow {
  return "wire" in row;
}

async function openRows(map: RecordingMap, options: RecordingOptions): Promise<void> {
  const csv = await openCsv(options.file, { separator: map.separator, header: map.header ?? null });
  try {
    createRowReader(map, csv.header, options);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    const message = `Cannot use the map "${options.map}": timestamp.zone: ${failure.message}`;
    throw new IaiError("MAP_INVALID", message, { cause: failure, data: { file: options.map } });
  } finally {
    await csv.rows[Symbol.asyncIterator]().return?.();
  }
}

async function* readRows(
  map: RecordingMap,
  options: RecordingOptions,
): AsyncGenerator<RecordedRow | RefusedRow> {
  const csv = await openCsv(options.file, { separator: map.separator, header: map.header ?? null });
  const read = createRowReader(map, csv.header, options);
  for await (const row of csv.rows) yield read(row);
}

async function* sendable(
  rows: AsyncIterable<RecordedRow | RefusedRow>,
): AsyncGenerator<RecordedRow> {
  for await (const row of rows) if (isRecorded(row)) yield row;
}

async function spanOf(
  rows: AsyncIterable<RecordedRow | RefusedRow>,
  file: string,
): Promise<RecordingSpan> {
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  let refused = 0;
  for await (const row of rows) {
    if (!isRecorded(row)) {
      refused += 1;
      continue;
    }
    count += 1;
    firstAt = Math.min(firstAt, row.measuredAt);
    lastAt = Math.max(lastAt, row.measuredAt);
  }
  if (count > 0) return { firstAt, lastAt, rows: count, refused };
  const message = `Cannot read "${file}": none of its ${refused} rows has a device and a time`;
  throw new IaiError("RECORDING_INVALID", message, { data: { file, refused } });
}
