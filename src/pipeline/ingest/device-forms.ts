import type { Device, DeviceInput, DeviceProfile } from "../../model/device.ts";
import type { DeviceHints } from "./device-registry.ts";

/** The part of a device that the steps know. */
export function profileOf(device: Device): DeviceProfile {
  const {
    deviceId,
    deviceType,
    factoryId,
    lineId,
    criticality,
    metrics,
    mode,
    modeSource,
    modeSince,
  } = device;
  return {
    deviceId,
    deviceType,
    factoryId,
    lineId,
    criticality,
    metrics,
    mode,
    modeSource,
    modeSince,
  };
}

/** A device that nobody described yet: not critical, not protected. */
export function selfRegistered(hints: DeviceHints, now: number): Device {
  const { deviceId, metrics } = hints;
  const input: DeviceInput = {
    deviceId,
    deviceName: deviceId,
    deviceType: "unknown",
    factoryId: hints.factoryId ?? "default",
    lineId: hints.lineId ?? "default",
    criticality: "C",
    metrics,
  };
  return { ...describe(input, null, now), autoRegistered: true };
}

/** A person's description over what is known of the device. Where a person creates it, criticality is B. */
export function describe(input: DeviceInput, known: Device | null, now: number): Device {
  return {
    location: null,
    model: null,
    manufacturer: null,
    installDate: null,
    mode: known?.mode ?? "RUNNING",
    modeSource: known?.modeSource ?? "default",
    modeSince: known?.modeSince ?? now,
    configVersion: 0,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    criticality: "B",
    ...definedOf(input),
    metrics: { ...known?.metrics, ...input.metrics },
    autoRegistered: false,
  } as Device;
}

/** Without the fields that were not given. */
export function definedOf<T extends object>(input: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
