import type { Clock } from "../../../kernel/clock.ts";
import type { AggregateRow } from "../../../model/aggregate.ts";
import { DAY, type DeviceId, type EpochMs, HOUR, MINUTE, type Ms } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";

/** What a device measured up to an instant. */
export interface TelemetryWindow {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** The newest, at most `RAW_ROWS`, oldest first. */
  readonly readings: readonly Reading[];
  readonly minutes: readonly AggregateRow[];
}

export interface FetchTelemetryArguments {
  readonly deviceId: DeviceId;
  readonly windowMs?: Ms;
  /** Inclusive. */
  readonly until: EpochMs;
  /** A reading that must be in it: the archive may be a moment behind the alert. null: none is known. */
  readonly readingAt?: EpochMs | null;
}

/** Ten minutes at one reading a second; slow devices fill the whole window with less. */
const RAW_ROWS = 600;
/** Fewer rows than this say nothing: a slow device is looked at over a week. */
const FEW_ROWS = 12;
const ARCHIVE_WAIT_MS = 50;
const ARCHIVE_WAITS = 10;

/** True when the reading that must be in the window has not been archived yet. */
function isBehind({ readings }: TelemetryWindow, readingAt: EpochMs | null): boolean {
  return readingAt !== null && (readings.at(-1)?.measuredAt ?? 0) < readingAt;
}

/** Reads the raw tail and the minutes of a window, waiting at most half a second for the archive. */
export function createFetchTelemetryData(deps: {
  readonly telemetry: TelemetryStore;
  readonly clock: Clock;
}): (args: FetchTelemetryArguments) => Promise<TelemetryWindow> {
  const raw = async (deviceId: DeviceId, from: EpochMs, to: EpochMs): Promise<Reading[]> => {
    const query = { deviceId, from, to, metrics: null, limit: RAW_ROWS, order: "desc" } as const;
    return (await deps.telemetry.readings(query)).toReversed();
  };
  const look = async (deviceId: DeviceId, from: EpochMs, to: EpochMs): Promise<TelemetryWindow> => {
    const firstMinute = Math.floor(from / MINUTE) * MINUTE;
    const query = { deviceId, from: firstMinute, to, metrics: null, stepMs: MINUTE, limit: 10_000 };
    const [readings, minutes] = await Promise.all([
      raw(deviceId, from, to),
      deps.telemetry.aggregates(query),
    ]);
    return { from, to, readings, minutes };
  };
  return async ({ deviceId, windowMs = HOUR, until, readingAt = null }) => {
    const to = until + 1;
    const from = to - windowMs;
    let window = await look(deviceId, from, to);
    for (let wait = 0; isBehind(window, readingAt) && wait < ARCHIVE_WAITS; wait += 1) {
      await deps.clock.sleep(ARCHIVE_WAIT_MS);
      window = await look(deviceId, from, to);
    }
    if (window.readings.length >= FEW_ROWS) return window;
    const weekAgo = to - 7 * DAY;
    return { ...window, from: weekAgo, readings: await raw(deviceId, weekAgo, to) };
  };
}
