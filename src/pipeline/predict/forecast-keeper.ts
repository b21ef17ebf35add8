import type { Clock } from "../../kernel/clock.ts";
import { hashText } from "../../kernel/hash.ts";
import type { Log } from "../../kernel/log.ts";
import {
  DAY,
  type DeviceId,
  type EpochMs,
  HOUR,
  type MetricName,
  MINUTE,
} from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { ForecastRow } from "../../model/prediction.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { Forecaster, MadeForecast } from "./forecaster.ts";
import { recordHorizons } from "./reliability.ts";
import { scoreDueForecasts } from "./score-forecasts.ts";

export interface ForecastKeeperDeps {
  readonly records: RecordStore;
  readonly telemetry: Pick<TelemetryStore, "aggregates" | "episodes">;
  readonly forecaster: Forecaster;
  readonly clock: Clock;
  readonly log: Log;
  readonly devices: () => readonly Device[];
  /** Tells the steps that a limit is forecast to be reached within a day, or no longer is. */
  readonly warn: (warning: ForecastWarning) => Promise<void>;
}

/** A forecast as the steps hear of it: an event like any other detector's. */
export interface ForecastWarning {
  readonly deviceId: DeviceId;
  readonly active: boolean;
  readonly probability: number;
  readonly metric: MetricName | null;
  readonly at: EpochMs;
  readonly text: string;
}

const SWEEP_MS = 10 * MINUTE;
/** Devices that one sweep looks at; with more the others follow in the next one. */
const DEVICES_MAX = 200;
const KEEP_MS = 365 * DAY;
const WARN_HORIZON_H = 24;
/** More likely than not; and less likely again by a margin, so that an alarm does not flap. */
const WARN_FROM = 0.5;
const WARN_UNTIL = 0.3;

/**
 * Makes forecasts by itself every ten minutes for machines with a flagged trend or a trained model, keeps one an hour
 * of each kind, scores them when their time is over, and asks for an alarm where a limit is likely within a day.
 */
export async function runForecasts(deps: ForecastKeeperDeps, signal: AbortSignal): Promise<void> {
  let next = 0;
  while (!signal.aborted) {
    await deps.clock.sleep(SWEEP_MS, signal);
    if (signal.aborted) return;
    try {
      next = await sweepForecasts(deps, next);
    } catch (failure) {
      deps.log.warn("forecast.sweep.retried", { error: String(failure) });
    }
  }
}

/** One sweep, from the `begin`-th device that asks for it; gives where the next one begins. */
export async function sweepForecasts(deps: ForecastKeeperDeps, begin = 0): Promise<number> {
  const now = deps.clock.now();
  const [warned, wanted] = await Promise.all([standingWarnings(deps), wantedDevices(deps, now)]);
  const ids = new Set([...wanted, ...warned.keys()]);
  const devices = deps.devices().filter(({ deviceId }) => ids.has(deviceId));
  const from = begin < devices.length ? begin : 0;
  for (const device of devices.slice(from, from + DEVICES_MAX)) {
    const { made, isStale } = await deps.forecaster.consider(device, recordHorizons);
    if (isStale) continue;
    await keep(deps, device, { made, stands: warned.get(device.deviceId) ?? false, now });
  }
  await scoreDueForecasts(deps);
  await deps.records.transaction((tx) => tx.remove("forecast", { madeAt: { lt: now - KEEP_MS } }));
  return from + DEVICES_MAX < devices.length ? from + DEVICES_MAX : 0;
}

/** Devices with an open deviation, and those whose type has a model. */
async function wantedDevices(
  { telemetry, forecaster, devices }: ForecastKeeperDeps,
  now: EpochMs,
): Promise<ReadonlySet<DeviceId>> {
  const episodes = await telemetry.episodes({
    deviceId: null,
    from: now - HOUR,
    to: now + MINUTE,
    limit: 10_000,
  });
  const types = new Set<string>();
  for (const type of new Set(devices().map(({ deviceType }) => deviceType)))
    if (await forecaster.hasModel(type)) types.add(type);
  return new Set([
    ...episodes
      .filter(
        ({ detector, endedAt, shadow }) => detector === "deviation" && endedAt === null && !shadow,
      )
      .map(({ deviceId }) => deviceId),
    ...devices()
      .filter(({ deviceType }) => types.has(deviceType))
      .map(({ deviceId }) => deviceId),
  ]);
}

async function standingWarnings({
  records,
}: ForecastKeeperDeps): Promise<ReadonlyMap<DeviceId, boolean>> {
  const rows = await records.read((tx) =>
    tx.list("forecast", { where: { warned: true }, limit: 1_000 }),
  );
  return new Map(rows.map(({ deviceId }) => [deviceId, true]));
}

async function keep(
  deps: ForecastKeeperDeps,
  device: Device,
  found: {
    readonly made: readonly MadeForecast[];
    readonly stands: boolean;
    readonly now: EpochMs;
  },
): Promise<void> {
  const { made, stands, now } = found;
  const urgent = made
    .filter(({ forecast, state }) => state === "shown" && forecast.horizonH === WARN_HORIZON_H)
    .toSorted((a, b) => b.forecast.probability - a.forecast.probability)[0]?.forecast;
  const probability = urgent?.probability ?? 0;
  const stays = probability >= (stands ? WARN_UNTIL : WARN_FROM);
  if (stays !== stands) {
    // First told, then noted: killed in between, it is told again, which changes nothing.
    await deps.warn({
      deviceId: device.deviceId,
      active: stays,
      probability,
      metric: urgent?.limit?.metric ?? null,
      at: now,
      text: `failure or limit within ${WARN_HORIZON_H} h: probability ${probability.toFixed(2)}`,
    });
  }
  await deps.records.transaction(async (tx) => {
    if (stands)
      await tx.update("forecast", { deviceId: device.deviceId, warned: true }, { warned: false });
    for (const one of made) {
      const row = forecastRow(device, one, stays && one.forecast === urgent);
      // One an hour: what the same hour has said already stands, but an alarm is noted at it.
      if (!(await tx.insert("forecast", row)) && row.warned)
        await tx.update("forecast", { forecastId: row.forecastId }, { warned: true });
    }
  });
}

/** A forecast as it is kept. */
export function forecastRow(
  device: Device,
  { forecast, madeAt, state }: MadeForecast,
  warned: boolean,
): ForecastRow {
  const { method, horizonH } = forecast;
  const hour = Math.floor(madeAt / HOUR);
  return {
    forecastId: hashText([device.deviceId, method, horizonH, hour].join("\n")),
    deviceId: device.deviceId,
    deviceType: device.deviceType,
    factoryId: device.factoryId,
    lineId: device.lineId,
    method,
    horizonH,
    madeAt,
    dueAt: madeAt + horizonH * HOUR,
    probability: forecast.probability,
    shown: state === "shown",
    warned,
    forecastLimit: forecast.limit,
    rul: forecast.rul,
    outcome: null,
    scoredAt: null,
  };
}

/** Keeps a forecast that somebody asked for, like those that are made by themselves. */
export async function rememberForecast(
  records: RecordStore,
  device: Device,
  made: MadeForecast,
): Promise<void> {
  const row = forecastRow(device, made, false);
  await records.transaction((tx) => tx.insert("forecast", row));
}
