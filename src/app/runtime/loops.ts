import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { type DeviceId, type EpochMs, type MetricName, SECOND } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Quality, Reading } from "../../model/reading.ts";
import type { DeviceRegistry } from "../../pipeline/ingest/device-registry.ts";
import type { BusRecord, ControlJournal, EventBus } from "../../ports/event-bus.ts";
import type { StreamEngine, StreamOutput } from "../../ports/stream-engine.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import { encodeRawTick, tickKeys } from "../../wire/raw-record.ts";
import { encodeTick } from "../../wire/stream-codec.ts";
import { type Audience, placeOf } from "./audience.ts";

/** Logs wall time once a second: whatever waits for time waits for these events. */
export async function runTicks(
  deps: {
    readonly log: Pick<EventBus, "publish">;
    readonly clock: Clock;
    readonly ticksAt: (at: EpochMs) => readonly BusRecord[];
  },
  signal: AbortSignal,
): Promise<void> {
  const { log, clock, ticksAt } = deps;
  while (!signal.aborted) {
    await clock.sleep(SECOND - (clock.now() % SECOND), signal);
    if (signal.aborted) return;
    // A full log refuses ticks as it refuses readings; time goes on with the next one that fits.
    await log.publish(ticksAt(clock.now())).catch(() => undefined);
  }
}

/** One total order: a tick is one event of it. */
export const controlTick = (at: EpochMs): readonly BusRecord[] => [
  { topic: "control", key: "tick", value: encodeTick(at) },
];

/** Several partitions: each has its own time, stamped like a reading. */
export function partitionTicks(
  partitions: number,
  control: Pick<ControlJournal, "current">,
): (at: EpochMs) => readonly BusRecord[] {
  const keys = tickKeys(partitions);
  return (at) => {
    const value = encodeRawTick({ at, configVersion: control.current() });
    return keys.map((key) => ({ topic: "raw_sensor_data", key, value }));
  };
}

/** Offers what is staged once a second: a change that the log refused must not wait for the next change. */
export async function runFlushes(
  control: Pick<ControlJournal, "flush">,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(SECOND, signal);
    // Whoever staged it was told that it waits; what is still refused stays staged.
    if (!signal.aborted) await control.flush().catch(() => undefined);
  }
}

/** How long a change of another process may stay unseen. */
const REFRESH_MS = 500;

/** Takes over what other processes changed: devices, and the version that readings are stamped with. */
export async function runRefreshes(
  deps: {
    readonly control: ControlJournal;
    readonly devices: DeviceRegistry;
    readonly clock: Clock;
    readonly log: Log;
  },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await deps.clock.sleep(REFRESH_MS, signal);
    if (signal.aborted) return;
    try {
      // First the devices: a reading is never checked by older limits than those of its stamp.
      await deps.devices.refresh();
      await deps.control.refresh();
    } catch (failure) {
      deps.log.warn("registry.refresh.retried", { error: String(failure) });
    }
  }
}

export interface OutputDeps {
  readonly engine: StreamEngine;
  readonly telemetry: TelemetryStore;
  readonly apply: (output: Pick<StreamOutput, "transitions">) => Promise<void>;
  readonly onViews: (views: readonly DeviceView[]) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** Takes the steps' outputs: alarms into the records, episodes into telemetry, views to whoever looks. */
export async function runOutputs(deps: OutputDeps, signal: AbortSignal): Promise<void> {
  for await (const output of deps.engine.outputs(signal)) {
    // First the views: who is woken by an alarm finds that of its device.
    deps.onViews(output.views);
    // Nothing is lost while the records are away: the same output is applied again until it succeeds.
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await Promise.all([
          output.transitions.length > 0 ? deps.apply(output) : null,
          output.episodes.length > 0 ? deps.telemetry.writeEpisodes(output.episodes) : null,
        ]);
        break;
      } catch (failure) {
        deps.log.warn("alert.apply.retried", {
          attempt,
          error: String(failure),
          transitions: output.transitions.length,
        });
        await deps.clock.sleep(Math.min(10_000, 100 * 2 ** Math.min(attempt, 7)), signal);
      }
    }
    await deps.engine.confirm(output.position);
  }
}

/** Newest view of each device, and the way in for new ones. */
export interface Views {
  readonly all: ReadonlyMap<DeviceId, DeviceView>;
  take(changed: readonly DeviceView[]): void;
}

/** Keeps the newest views and tells those who look. */
export function createViews({
  devices,
  audience,
}: {
  readonly devices: Pick<DeviceRegistry, "find">;
  readonly audience: Audience;
}): Views {
  const all = new Map<DeviceId, DeviceView>();
  return {
    all,
    take: (changed) => {
      for (const view of changed) {
        all.set(view.deviceId, view);
        const device = devices.find(view.deviceId);
        if (device === null) continue;
        audience.publish({ type: "state", device, view, ...placeOf(device) });
        audience.publish({ type: "reading", reading: readingOf(view), ...placeOf(device) });
      }
    },
  };
}

/** The newest reading of a view, for live traces. */
function readingOf(view: DeviceView): Reading {
  const bad = Object.entries(view.qualities) as [MetricName, Quality][];
  return {
    deviceId: view.deviceId,
    measuredAt: view.last.timestamp,
    receivedAt: view.at,
    values: new Map(Object.entries(view.last.values)),
    qualities: bad.length === 0 ? null : new Map(bad),
    faults: null,
    sources: null,
    seq: view.last.seq,
    status: null,
    configVersion: 0,
  };
}
