import type { ConfigVersion, DeviceId } from "../../../../model/basics.ts";
import type { ControlEvent } from "../../../../model/control.ts";

/** What a checkpoint keeps of it. */
export interface SavedControl {
  readonly known: ConfigVersion;
  readonly events: readonly ControlEvent[];
}

/** The control events that some device may still have to be told, in order of their versions. */
export class ControlMemory {
  /** Newest version that has arrived: with it everything before. */
  known: ConfigVersion = 0;
  /** Events that concern every device. */
  #ofAll: ControlEvent[] = [];
  readonly #ofDevice = new Map<DeviceId, ControlEvent[]>();

  /** Takes over what one subtask has kept; those that had to tell more have kept more. */
  restore(saved: SavedControl): void {
    const here = new Set(this.save().events.map(({ version }) => version));
    const events = [...this.save().events, ...saved.events.filter((e) => !here.has(e.version))];
    this.#ofAll = [];
    this.#ofDevice.clear();
    for (const event of events.toSorted(byVersion)) this.#put(event);
    this.known = Math.max(this.known, saved.known);
  }

  save(): SavedControl {
    const events = [...this.#ofAll, ...[...this.#ofDevice.values()].flat()];
    return { known: this.known, events: events.toSorted(byVersion) };
  }

  /** An event that comes again changes nothing. */
  add(event: ControlEvent): void {
    if (event.version <= this.known) return;
    this.known = event.version;
    this.#put(event);
  }

  /** The newest settings and rules before `version`: what a new device begins with. */
  inForce(version: ConfigVersion): readonly ControlEvent[] {
    const newest = new Map<string, ControlEvent>();
    for (const event of this.#ofAll) if (event.version < version) newest.set(event.type, event);
    return [...newest.values()].toSorted(byVersion);
  }

  /** Version of the first event kept that concerns this device alone; null: none. */
  firstOf(deviceId: DeviceId): ConfigVersion | null {
    return this.#ofDevice.get(deviceId)?.[0]?.version ?? null;
  }

  /** Events after `from` up to `to` that concern a device, in order. */
  concerning(deviceId: DeviceId, from: ConfigVersion, to: ConfigVersion): readonly ControlEvent[] {
    const own = this.#ofDevice.get(deviceId);
    const isIn = ({ version }: ControlEvent): boolean => version > from && version <= to;
    if (own === undefined) return this.#ofAll.filter(isIn);
    return [...this.#ofAll.filter(isIn), ...own.filter(isIn)].toSorted(byVersion);
  }

  /** Whom the events after `from` up to `to` concern. */
  concerned(
    from: ConfigVersion,
    to: ConfigVersion,
  ): { readonly all: boolean; readonly devices: readonly DeviceId[] } {
    const isIn = ({ version }: ControlEvent): boolean => version > from && version <= to;
    const devices = [...this.#ofDevice].filter(([, events]) => events.some(isIn));
    return { all: this.#ofAll.some(isIn), devices: devices.map(([deviceId]) => deviceId) };
  }

  /** Lets go of what every device was told: everything up to `version` but what a new device begins with. */
  forget(version: ConfigVersion): void {
    const kept = new Set(this.inForce(version + 1));
    this.#ofAll = this.#ofAll.filter((event) => event.version > version || kept.has(event));
    for (const [deviceId, events] of this.#ofDevice) {
      const later = events.filter((event) => event.version > version);
      if (later.length === 0) this.#ofDevice.delete(deviceId);
      else if (later.length < events.length) this.#ofDevice.set(deviceId, later);
    }
  }

  #put(event: ControlEvent): void {
    const deviceId = deviceOf(event);
    if (deviceId === null) {
      this.#ofAll.push(event);
      return;
    }
    const events = this.#ofDevice.get(deviceId);
    if (events === undefined) this.#ofDevice.set(deviceId, [event]);
    else events.push(event);
  }
}

const byVersion = (a: ControlEvent, b: ControlEvent): number => a.version - b.version;

/** The device that a control event concerns; null: every device. */
function deviceOf(event: ControlEvent): DeviceId | null {
  if (event.type === "device") return event.profile.deviceId;
  return "deviceId" in event ? event.deviceId : null;
}
