import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import { asTelemetryError } from "./errors.ts";
import type { StoredProgress } from "./hot-tail.ts";
import type { TelemetryFiles } from "./telemetry-files.ts";

/** How far the files say that the log is safe. A damaged day is told to `onDamaged`, which may throw. */
export function readProgress(
  files: TelemetryFiles,
  onDamaged: (day: EpochMs, failure: unknown) => void,
): StoredProgress {
  const positions = new Map<string, number>();
  const newestSealed = new Map<DeviceId, EpochMs>();
  const sealedTo = new Map<string, number>();
  const raise = <K>(map: Map<K, number>, key: K, value: number): void => {
    map.set(key, Math.max(map.get(key) ?? value, value));
  };
  for (const day of files.days()) {
    try {
      const file = files.day(day);
      const devices = file.devices();
      for (const [partition, next] of file.positions()) raise(positions, partition, next);
      for (const device of devices) {
        raise(newestSealed, device.deviceId, device.newestAt);
        raise(sealedTo, `${device.partition}/${device.deviceId}`, device.sealedTo);
      }
    } catch (failure) {
      if (asTelemetryError(failure, "read").code !== "TELEMETRY_CORRUPT") throw failure;
      onDamaged(day, failure);
    }
  }
  return { positions, newestSealed, sealedTo };
}
