import type { DeviceId } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { DeviceMemory, type Verdict } from "./device-memory.ts";
import type { Flight } from "./flight.ts";

/** Hashes of older readings over all devices: 8 MB. */
const HASHES = 1024 * 1024;
const HASHES_PER_DEVICE_MAX = 4_096;
const HASHES_PER_DEVICE_MIN = 32;

/** What has come lately, per device: finds repeats without asking the disk. */
export class RecentReadings {
  readonly #devices = new Map<DeviceId, DeviceMemory>();

  judge(reading: Reading): Verdict {
    return this.#of(reading.deviceId).judge(reading);
  }

  /** Remembers a reading; `flight` is null for one that the log already has. */
  take(reading: Reading, flight: Flight | null): void {
    if (flight !== null) flight.readings.push(reading);
    this.#of(reading.deviceId).take(reading, flight, this.#share());
  }

  /** The log has everything of this flight. */
  landed(flight: Flight): void {
    for (const reading of flight.readings) {
      this.#of(reading.deviceId).landed(reading, flight, this.#share());
    }
    flight.land();
  }

  /** The log refused this flight. */
  lost(flight: Flight): void {
    for (const reading of flight.readings) this.#of(reading.deviceId).lost(reading, flight);
    flight.land();
  }

  #of(deviceId: DeviceId): DeviceMemory {
    let memory = this.#devices.get(deviceId);
    if (memory === undefined) {
      memory = new DeviceMemory();
      this.#devices.set(deviceId, memory);
    }
    return memory;
  }

  #share(): number {
    const share = Math.floor(HASHES / Math.max(1, this.#devices.size));
    return Math.min(HASHES_PER_DEVICE_MAX, Math.max(HASHES_PER_DEVICE_MIN, share));
  }
}
