import { IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { DeviceService } from "./services.ts";

/** Where an object belongs. */
export interface Place {
  readonly deviceId: DeviceId | null;
  readonly factoryId: string | null;
  readonly lineId: string | null;
}

/** True when the object lies in what this principal may see. */
export function isInScope(principal: Principal, place: Place): boolean {
  if (principal.factoryId !== null && principal.factoryId !== place.factoryId) return false;
  if (principal.lineId !== null && principal.lineId !== place.lineId) return false;
  if (principal.deviceIds === null) return true;
  return place.deviceId !== null && principal.deviceIds.includes(place.deviceId);
}

/** Refuses whoever sees a part of the plant only: what they change would reach beyond it. */
export function requireWholePlant({ factoryId, lineId, deviceIds }: Principal): void {
  if (factoryId === null && lineId === null && deviceIds === null) return;
  const message =
    "Cannot change sources: they bring readings of the whole plant, and you see a part of it; nothing was done";
  throw new IaiError("FORBIDDEN", message);
}

/** The part of a `where` that keeps a list of alarms or orders inside the principal's scope. */
export function scopeWhere(principal: Principal, deviceId: DeviceId | undefined) {
  const { deviceIds, factoryId, lineId } = principal;
  const devices =
    deviceIds === null || (deviceId !== undefined && deviceIds.includes(deviceId))
      ? deviceId
      : { in: deviceId === undefined ? deviceIds : [] };
  return {
    ...(devices === undefined ? {} : { deviceId: devices }),
    ...(factoryId === null ? {} : { factoryId }),
    ...(lineId === null ? {} : { lineId }),
  };
}

/** What is outside the scope does not exist for this principal. */
export function notFound(kind: string, id: string): IaiError {
  return new IaiError("NOT_FOUND", `Cannot find the ${kind} "${id}"`);
}

/** The device, if this principal may see it. */
export function findDevice(devices: DeviceService, principal: Principal, id: string): Device {
  const device = devices.find(id);
  if (device === null || !isInScope(principal, device)) throw notFound("device", id);
  return device;
}

/** Devices this principal may see, by id. */
export function visibleDevices(devices: DeviceService, principal: Principal): readonly Device[] {
  const all = devices.list();
  const seen =
    principal.factoryId === null && principal.lineId === null && principal.deviceIds === null
      ? [...all]
      : all.filter((device) => isInScope(principal, device));
  return seen.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}

/**
 * Devices a principal may see or speak for, as far as lists and payloads know nothing but the device; null: all.
 * A key that names its devices may speak for them before they are registered.
 */
export function visibleDeviceIds(
  devices: DeviceService,
  principal: Principal,
): readonly DeviceId[] | null {
  if (principal.factoryId === null && principal.lineId === null) return principal.deviceIds;
  return visibleDevices(devices, principal).map((device) => device.deviceId);
}
