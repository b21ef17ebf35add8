import { crashPoint } from "../../../kernel/crash-point.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import { decodeChunk, encodeChunk } from "./chunk-codec.ts";
import { type ChunkTable, mergeTables } from "./chunk-table.ts";
import { asTelemetryError } from "./errors.ts";
import type { HotTail, OpenChunk } from "./hot-tail.ts";
import { encodeSeries, minutesOf } from "./minute-codec.ts";
import { dayOf, type TelemetryFiles } from "./telemetry-files.ts";

interface SealerDeps {
  readonly files: TelemetryFiles;
  readonly hot: HotTail;
  readonly arithmetic: MinuteArithmetic;
  /** Told of each sealed chunk: its minutes wait for their roll-up, a second part for its compaction. */
  readonly onSealed: (deviceId: DeviceId, startAt: EpochMs, scattered: boolean) => void;
}

/**
 * Makes open chunks durable: per day file one transaction with the chunks, their minutes and the progress of the
 * log that they stand for. Throws when the disk refuses; what was not sealed then stays open.
 */
export function seal(chunks: readonly OpenChunk[], deps: SealerDeps): void {
  const byDay = new Map<EpochMs, Set<OpenChunk>>();
  for (const chunk of chunks) {
    const day = dayOf(chunk.startAt);
    byDay.set(day, (byDay.get(day) ?? new Set()).add(chunk));
  }
  for (const [day, sealing] of byDay) {
    const filled = [...sealing].filter((chunk) => chunk.table.count > 0);
    if (filled.length > 0) sealDay(day, filled, sealing, deps);
    deps.hot.drop(sealing);
  }
}

/** Notes how far the log is safe, in the newest file: it is the last that retention would delete. */
export function noteProgress(files: TelemetryFiles, hot: HotTail): void {
  const newest = files.days().at(-1);
  if (newest === undefined) return;
  const file = files.day(newest);
  const known = file.positions();
  const changed = [...hot.progressWithout(new Set())].filter(
    ([name, next]) => next > (known.get(name) ?? 0),
  );
  if (changed.length === 0) return;
  file.transaction(() => {
    for (const [partition, next] of changed) file.putPosition(partition, next);
  });
}

/** Sealed parts of one start, in the order of their sealing. */
export function readParts(
  files: TelemetryFiles,
  deviceId: DeviceId,
  startAt: EpochMs,
): readonly ChunkTable[] {
  const chunks = files.findDay(startAt)?.chunks(deviceId, startAt, startAt, "asc") ?? [];
  return Array.from(chunks, (chunk) => decodeChunk(chunk.block, null));
}

function sealDay(
  day: EpochMs,
  filled: readonly OpenChunk[],
  sealing: ReadonlySet<OpenChunk>,
  { files, hot, arithmetic, onSealed }: SealerDeps,
): void {
  const file = files.day(day);
  const scattered = new Set<OpenChunk>();
  crashPoint("B.before");
  crashPoint("C.before");
  try {
    file.transaction(() => {
      for (const chunk of filled) {
        const { device, startAt, partition, table } = chunk;
        const key = { deviceId: device.deviceId, startAt };
        const isFirst = startAt > device.newestSealedAt;
        const parts = isFirst
          ? []
          : (chunk.sealedParts ?? readParts(files, device.deviceId, startAt));
        if (parts.length > 0) scattered.add(chunk);
        const whole = parts.length === 0 ? table : mergeTables([...parts, table]);
        file.addChunk(key, encodeChunk(table));
        file.putMinutes(key, encodeSeries(minutesOf(whole, arithmetic)));
        const sealedTo = hot.sealedToWithout(device, partition, sealing);
        file.putDevice({ deviceId: device.deviceId, newestAt: table.lastAt, partition, sealedTo });
      }
      for (const [partition, next] of hot.progressWithout(sealing))
        file.putPosition(partition, next);
    });
  } catch (failure) {
    throw asTelemetryError(failure, `seal ${filled.length} chunks, none of them was stored`);
  }
  crashPoint("B.after");
  crashPoint("C.after");
  for (const chunk of filled) onSealed(chunk.device.deviceId, chunk.startAt, scattered.has(chunk));
}
