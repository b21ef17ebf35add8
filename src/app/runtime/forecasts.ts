import type { DeviceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Device } from "../../model/device.ts";
import { rememberForecast, runForecasts } from "../../pipeline/predict/forecast-keeper.ts";
import { createForecaster } from "../../pipeline/predict/forecaster.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { ApiServices, StepCommands } from "../../present/api/services.ts";
import type { StationDeps } from "./stations.ts";

/** Condition of the alarm that a forecast asks for. */
const CONDITION = "limit_forecast";

export interface ForecastDeps extends StationDeps {
  readonly telemetry: TelemetryStore;
  readonly devices: {
    find(deviceId: DeviceId): Device | null;
    list(): readonly Device[];
  };
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
  readonly steps: Pick<StepCommands, "externalAnomaly">;
}

/** Forecasts on demand for whoever asks, and by themselves where the agents work. */
export function openForecasts(deps: ForecastDeps): Pick<ApiServices, "forecast"> {
  const { records, clock, log, life, devices } = deps;
  const forecaster = createForecaster(deps);
  if (deps.parts.agents) {
    const keeper = { ...deps, forecaster, devices: () => devices.list(), warn: warnSteps(deps) };
    life.run(
      "forecasts",
      (signal) => runForecasts(keeper, signal),
      deps.onFatal as (failure: unknown) => void,
    );
  }
  return {
    forecast: async (deviceId, horizonH) => {
      const device = devices.find(deviceId);
      if (device === null)
        return {
          forecast: null,
          reason: { zh: "没有这台设备", en: "the device is not known" },
          health: null,
        };
      const prediction = await forecaster.predict(device, horizonH);
      const { forecast } = prediction;
      if (forecast !== null) {
        const made = { forecast, madeAt: clock.now(), state: "shown" } as const;
        // Who asked gets the answer also where it cannot be kept.
        await rememberForecast(records, device, made).catch((failure: unknown) =>
          log.warn("forecast.keep.failed", { deviceId, error: String(failure) }),
        );
      }
      return prediction;
    },
  };
}

/** A limit that will be reached within a day is P1: the steps hear of it as of any detector outside of them. */
function warnSteps({ steps }: ForecastDeps): Parameters<typeof runForecasts>[0]["warn"] {
  return ({ deviceId, active, probability, metric, at, text }) =>
    steps.externalAnomaly({
      deviceId,
      source: "forecast",
      condition: CONDITION,
      active,
      score: probability,
      severity: "P1",
      contributions: metric === null ? {} : { [metric]: 1 },
      observedAt: at,
      text,
    });
}
