import type { Clock } from "../../../kernel/clock.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import { DAY, type DeviceId, type EpochMs, HOUR, MINUTE } from "../../../model/basics.ts";
import type { TelemetryRetention } from "../../../ports/telemetry-store.ts";
import { encodeChunk } from "./chunk-codec.ts";
import { mergeTables } from "./chunk-table.ts";
import { CHUNK_MS, type HotTail } from "./hot-tail.ts";
import {
  appendSeries,
  decodeSeries,
  emptySeries,
  encodeSeries,
  type SeriesByMetric,
} from "./minute-codec.ts";
import { readParts } from "./sealer.ts";
import { dayOf, nextMonth, type TelemetryFiles } from "./telemetry-files.ts";
import { piecesOf, WINDOW_MS } from "./telemetry-reader.ts";

/** A window is rolled up this long after its end: by then late readings are rare. */
const ROLL_UP_AFTER_MS = 15 * MINUTE;
/** Work done in one transaction. */
const ROUND = 32;

interface MaintenanceDeps {
  readonly files: TelemetryFiles;
  readonly hot: HotTail;
  readonly arithmetic: MinuteArithmetic;
  readonly clock: Clock;
  readonly budgetMs: number;
}

/** What waits to be rolled up or compacted; kept in memory, found again in the files at the start. */
export class Maintenance {
  readonly #deps: MaintenanceDeps;
  /** Devices with minutes that are not rolled up, by window. */
  readonly #unrolled = new Map<EpochMs, Set<DeviceId>>();
  /** Days with starts in several parts. */
  readonly #scattered = new Set<EpochMs>();

  constructor(deps: MaintenanceDeps) {
    this.#deps = deps;
    for (const day of deps.files.days()) {
      const file = deps.files.day(day);
      for (const { deviceId, startAt } of file.unrolled())
        this.noticeSealed(deviceId, startAt, false);
      if (file.scattered(1).length > 0) this.#scattered.add(day);
    }
  }

  noticeSealed(deviceId: DeviceId, startAt: EpochMs, scattered: boolean): void {
    const window = windowOf(startAt);
    this.#unrolled.set(window, (this.#unrolled.get(window) ?? new Set()).add(deviceId));
    if (scattered) this.#scattered.add(dayOf(startAt));
  }

  /** One bounded round of everything; the rest waits for the next. */
  run(
    retention: TelemetryRetention,
    now: EpochMs,
  ): { readonly deletedDays: number; readonly bytes: number } {
    const { clock, budgetMs } = this.#deps;
    const until = clock.monotonic() + budgetMs;
    const hasTime = (): boolean => clock.monotonic() <= until;
    this.#rollUp(now, hasTime);
    this.#compact(now, hasTime);
    return this.#forget(retention, now);
  }

  /** Minutes of a window that is over go into the month's file, then leave the day's. */
  #rollUp(now: EpochMs, hasTime: () => boolean): void {
    for (const window of [...this.#unrolled.keys()].sort((a, b) => a - b)) {
      if (window + WINDOW_MS + ROLL_UP_AFTER_MS > now) return;
      for (;;) {
        if (!hasTime()) return;
        const waiting = this.#unrolled.get(window) ?? new Set();
        const devices = [
          ...Iterator.from(waiting)
            .filter((id) => !this.#isOpen(id, window))
            .take(ROUND),
        ];
        if (devices.length === 0) break;
        this.#rollUpWindow(window, devices);
        for (const deviceId of devices) waiting.delete(deviceId);
        if (waiting.size === 0) this.#unrolled.delete(window);
      }
    }
  }

  #isOpen(deviceId: DeviceId, window: EpochMs): boolean {
    return this.#deps.hot.openChunks(deviceId, window, window + WINDOW_MS - 1).length > 0;
  }

  #rollUpWindow(window: EpochMs, devices: readonly DeviceId[]): void {
    const { files, arithmetic } = this.#deps;
    const day = files.day(window);
    const month = files.month(window);
    const windowEnd = window + WINDOW_MS;
    // First the roll-up, then the removal: a crash between the two only repeats the same roll-up.
    month.transaction(() => {
      for (const deviceId of devices) {
        const rows = day.minutes(deviceId, window, windowEnd);
        const newer = new Map(rows.map((row) => [row.startAt, decodeSeries(row.block, null)]));
        const old = month.list("minute_block", deviceId, window, windowEnd)[0];
        const minutes = join(
          piecesOf(window, old === undefined ? new Map() : decodeSeries(old.block, null), newer),
        );
        month.put("minute_block", deviceId, { startAt: window, block: encodeSeries(minutes) });
        const dayAt = dayOf(window);
        const oldHours = month.list("hour_block", deviceId, dayAt, dayAt + DAY)[0];
        const known = oldHours === undefined ? new Map() : decodeSeries(oldHours.block, null);
        const fresh = new Map(
          [...minutes].map(
            ([metric, series]) => [metric, arithmetic.combine(series, HOUR)] as const,
          ),
        );
        const hours = join([
          { series: known, begin: dayAt, end: window },
          { series: fresh, begin: window, end: windowEnd },
          { series: known, begin: windowEnd, end: dayAt + DAY },
        ]);
        month.put("hour_block", deviceId, { startAt: dayAt, block: encodeSeries(hours) });
      }
    });
    day.transaction(() => {
      for (const deviceId of devices) day.removeMinutes(deviceId, window, windowEnd);
    });
  }

  /** Starts that were sealed in several parts become one again. */
  #compact(now: EpochMs, hasTime: () => boolean): void {
    const { files, hot } = this.#deps;
    for (const day of [...this.#scattered]) {
      const file = files.findDay(day);
      const all = file?.scattered(10_000) ?? [];
      if (file === null || all.length === 0) this.#scattered.delete(day);
      const ready = all.filter(
        ({ deviceId, startAt }) =>
          startAt + CHUNK_MS + ROLL_UP_AFTER_MS <= now &&
          hot.openChunks(deviceId, startAt, startAt).length === 0,
      );
      for (let i = 0; i < ready.length; i += ROUND) {
        if (!hasTime()) return;
        file?.transaction(() => {
          for (const key of ready.slice(i, i + ROUND)) {
            const whole = mergeTables(readParts(files, key.deviceId, key.startAt));
            file.replaceChunks(key, encodeChunk(whole));
          }
        });
      }
    }
  }

  /** Deletes what is too old, then the oldest days while the folder is too large; never the newest day. */
  #forget(
    retention: TelemetryRetention,
    now: EpochMs,
  ): { readonly deletedDays: number; readonly bytes: number } {
    const { files } = this.#deps;
    let deletedDays = 0;
    let bytes = 0;
    const removeDay = (day: EpochMs): boolean => {
      if (this.#isWaiting(day)) return false;
      bytes += files.removeDay(day);
      deletedDays += 1;
      return true;
    };
    for (const day of files.days()) {
      if (day + DAY <= now - retention.rawMs) removeDay(day);
    }
    for (const month of files.months()) {
      if (nextMonth(month) <= now - retention.aggregateMs) bytes += files.removeMonth(month);
    }
    files.episodes.removeEnded(now - retention.aggregateMs);
    if (retention.maxBytes === null) return { deletedDays, bytes };
    let total = files.bytes();
    for (const day of files.days().slice(0, -1)) {
      if (total <= retention.maxBytes) break;
      if (removeDay(day)) total = files.bytes();
    }
    return { deletedDays, bytes };
  }

  /** The minutes of a day outlive it, so they must be rolled up before it goes. */
  #isWaiting(day: EpochMs): boolean {
    return [...this.#unrolled.keys()].some((window) => dayOf(window) === day);
  }
}

function windowOf(at: EpochMs): EpochMs {
  return Math.floor(at / WINDOW_MS) * WINDOW_MS;
}

/** Pieces in time order as one series per metric. */
function join(
  pieces: Iterable<{
    readonly series: SeriesByMetric;
    readonly begin: EpochMs;
    readonly end: EpochMs;
  }>,
): SeriesByMetric {
  const joined = new Map<string, ReturnType<typeof emptySeries>>();
  for (const { series, begin, end } of pieces) {
    for (const [metric, part] of series) {
      const target = joined.get(metric) ?? emptySeries();
      joined.set(metric, target);
      appendSeries(target, part, begin, end);
    }
  }
  return joined;
}
