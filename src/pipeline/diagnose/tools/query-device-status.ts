import type { DeviceId } from "../../../model/basics.ts";
import type { DeviceView } from "../../../model/detection.ts";
import type { Device } from "../../../model/device.ts";
import type { RecordStore } from "../../../ports/record-store.ts";

export interface DeviceStatus {
  /** null: not in the registry. */
  readonly device: Device | null;
  /** What its detectors know now; null: they have not seen it. */
  readonly view: DeviceView | null;
}

/** Reads the registry and the detectors' view of one device. */
export function createQueryDeviceStatus(deps: {
  readonly records: RecordStore;
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
}): (args: { readonly deviceId: DeviceId }) => Promise<DeviceStatus> {
  return async ({ deviceId }) => {
    const [device, view] = await Promise.all([
      deps.records.read((tx) => tx.find("device_registry", { deviceId })),
      deps.view(deviceId),
    ]);
    return { device, view };
  };
}
