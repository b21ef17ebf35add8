import { compareSeverity } from "../../../../src/model/alarm.ts";
import type { DeviceStatus } from "../../api/types.ts";

export interface Line {
  readonly factoryId: string;
  readonly lineId: string;
  readonly devices: readonly DeviceStatus[];
}

/** Devices by line, in the order of their ids: tiles never change places by themselves. */
export function linesOf(devices: readonly DeviceStatus[]): readonly Line[] {
  const lines = new Map<string, DeviceStatus[]>();
  for (const device of devices) {
    const key = `${device.factory_id}\u0000${device.line_id}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [device]);
    else line.push(device);
  }
  return [...lines.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, members]) => ({
      factoryId: key.split("\u0000")[0] ?? "",
      lineId: key.split("\u0000")[1] ?? "",
      devices: members.sort((a, b) => a.device_id.localeCompare(b.device_id)),
    }));
}

/** Whether a device has something to say: an alarm, a deviation, silence, a used-up margin. */
export function isNoteworthy(device: DeviceStatus, now: number, staleMs: number): boolean {
  if (device.severity !== null || device.state === "deviation") return true;
  if ((device.worst_margin ?? 0) >= 0.6) return true;
  if (device.mode === "STOPPED" || device.mode === "RETIRED" || device.mode === "MAINTENANCE")
    return false;
  return device.last_seen_at === null || now - Date.parse(device.last_seen_at) > staleMs;
}

/** In a large fleet a line shows what is noteworthy, worst first, and folds what is quiet. */
export function foldLine(
  devices: readonly DeviceStatus[],
  options: { now: number; staleMs: number; most: number },
): { readonly shown: readonly DeviceStatus[]; readonly quiet: number } {
  const loud = devices.filter((device) => isNoteworthy(device, options.now, options.staleMs));
  const shown = [...loud].sort(worstFirst).slice(0, options.most);
  return { shown, quiet: devices.length - shown.length };
}

function worstFirst(a: DeviceStatus, b: DeviceStatus): number {
  if (a.severity !== null && b.severity !== null && a.severity !== b.severity) {
    return compareSeverity(a.severity, b.severity);
  }
  if ((a.severity === null) !== (b.severity === null)) return a.severity === null ? 1 : -1;
  return (b.worst_margin ?? 0) - (a.worst_margin ?? 0) || a.device_id.localeCompare(b.device_id);
}
