import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import { DAY, type DeviceId, type EpochMs } from "../../../model/basics.ts";
import { decodeChunk } from "./chunk-codec.ts";
import { type ChunkTable, mergeTables } from "./chunk-table.ts";
import type { DayFile } from "./day-file.ts";
import { encodeSeries, minutesOf } from "./minute-codec.ts";
import { nextMonth, TelemetryFiles } from "./telemetry-files.ts";

export interface RebuildDeps {
  readonly dataDir: string;
  readonly openFilesMax: number;
  readonly aggregate: MinuteArithmetic;
  /** Days from this instant on are in the log as a whole; older days are not. */
  readonly loggedFrom: EpochMs;
}

export interface RebuildPlan {
  /** Days whose files were removed: the log gives them again. */
  readonly removedDays: number;
  /** Days whose minutes were computed anew from their readings. */
  readonly recomputedDays: number;
}

/**
 * Makes the files of a store that nobody has open ready to be written again from the log: days that the log holds
 * as a whole go, minutes of older days are computed anew from their readings, and the store asks for the log
 * from its beginning. Broken off at any point it loses nothing: the progress is forgotten before anything goes.
 */
export function prepareRebuild(deps: RebuildDeps): RebuildPlan {
  const files = new TelemetryFiles(deps.dataDir, deps.openFilesMax);
  try {
    const days = files.days();
    const kept = days.filter((day) => day < deps.loggedFrom);
    const removed = days.filter((day) => day >= deps.loggedFrom);
    for (const day of kept) {
      const file = files.day(day);
      file.transaction(() => file.forgetProgress());
    }
    for (const day of removed) files.removeDay(day);
    for (const day of kept) recomputeMinutes(files, day, deps.aggregate);
    for (const month of files.months()) forgetRollUps(files, month, deps.loggedFrom);
    return { removedDays: removed.length, recomputedDays: kept.length };
  } finally {
    files.close();
  }
}

/** The minutes of a day into its own file, whence maintenance rolls them up; then the old roll-ups go. */
function recomputeMinutes(files: TelemetryFiles, day: EpochMs, arithmetic: MinuteArithmetic): void {
  const file = files.day(day);
  for (const { deviceId } of file.devices()) {
    file.transaction(() => {
      for (const { startAt, table } of wholeChunks(file, deviceId, day)) {
        file.putMinutes({ deviceId, startAt }, encodeSeries(minutesOf(table, arithmetic)));
      }
    });
  }
  files.findMonth(day)?.remove(day, day + DAY);
}

/** Readings of a device and day, one table a start. */
function* wholeChunks(
  file: DayFile,
  deviceId: DeviceId,
  day: EpochMs,
): Generator<{ readonly startAt: EpochMs; readonly table: ChunkTable }> {
  let startAt: EpochMs | null = null;
  let parts: ChunkTable[] = [];
  // Read to the end first: rows are written while the caller goes on.
  for (const chunk of [...file.chunks(deviceId, day, day + DAY - 1, "asc")]) {
    if (startAt !== null && chunk.startAt !== startAt) {
      yield { startAt, table: mergeTables(parts) };
      parts = [];
    }
    startAt = chunk.startAt;
    parts.push(decodeChunk(chunk.block, null));
  }
  if (startAt !== null) yield { startAt, table: mergeTables(parts) };
}

function forgetRollUps(files: TelemetryFiles, month: EpochMs, loggedFrom: EpochMs): void {
  if (nextMonth(month) <= loggedFrom) return;
  if (month >= loggedFrom) files.removeMonth(month);
  else files.month(month).remove(loggedFrom, nextMonth(month));
}
