import { cacheKeys } from "../../backends/cache/redis/keys.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Cache } from "../../ports/cache.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";
import { reportToWire } from "../../wire/report.ts";
import type { Audience } from "./audience.ts";

/** Short-lived copies of what the stations know, for other processes and for whoever looks from outside. */
export interface Copies {
  /** How a device stood when somebody last said so; null: nobody did lately. */
  view(deviceId: DeviceId): Promise<DeviceView | null>;
}

/** Copies go out beside the work and never hold it up: one that is lost is missing, nothing else. */
export function keepCopies(audience: Audience, cache: Cache): Copies {
  audience.onEvent((event) => {
    copy(event, cache).catch(() => undefined);
  });
  return {
    view: async (deviceId) => {
      const text = await cache.get(cacheKeys.deviceStatus(deviceId).key);
      return text === null ? null : (JSON.parse(text) as DeviceView);
    },
  };
}

async function copy(event: LiveEvent, cache: Cache): Promise<void> {
  switch (event.type) {
    case "state": {
      const { key, ttlMs } = cacheKeys.deviceStatus(event.view.deviceId);
      return await cache.set(key, JSON.stringify(event.view), ttlMs);
    }
    case "alert": {
      if (event.change !== "raised" && event.change !== "reopened") return;
      const { deviceId, alertType, traceId } = event.alert;
      const rate = cacheKeys.alarmRate(deviceId);
      await cache.increment(rate.key, rate.ttlMs);
      const dedup = cacheKeys.alertDedup(deviceId, alertType);
      return await cache.set(dedup.key, traceId, dedup.ttlMs);
    }
    case "report": {
      const { key, ttlMs } = cacheKeys.diagnosis(event.report.traceId);
      const { report } = event;
      const told = { zh: reportToWire(report, "zh"), en: reportToWire(report, "en") };
      return await cache.set(key, JSON.stringify(told), ttlMs);
    }
    default:
      return;
  }
}
