import type { DeviceId, EpochMs, Ms } from "../../../../model/basics.ts";
import { decodeState, encodeState } from "./state-text.ts";

/** What every kind of steps keeps with the state of a device. */
export interface Keyed {
  /** Changed since it was last written into Flink's keyed state. */
  dirty: boolean;
  /** When something was last said of the device, on the clock of the events. */
  touchedAt: EpochMs;
}

export interface KeyedMemoryDeps<Entry extends Keyed> {
  /** Names the form of the states: those of another form are refused, the job then begins anew. */
  readonly form: string;
  /** What is written of an entry, and read again. */
  readonly toSaved: (entry: Entry) => unknown;
  readonly fromSaved: (saved: unknown) => Entry;
  /** True for an entry that need not be at hand while nothing comes for its device. */
  readonly mayRest: (entry: Entry) => boolean;
  /** Text of a device's keyed state. */
  readonly find: (deviceId: DeviceId) => string;
  readonly idleMs: Ms;
}

/**
 * The devices of one subtask, write-behind: states live here as objects and become text at checkpoints only.
 * A device that was idle for long and is clean is left to Flink's keyed state until something comes for it.
 */
export class KeyedMemory<Entry extends Keyed> {
  readonly #deps: KeyedMemoryDeps<Entry>;
  readonly #entries = new Map<DeviceId, Entry>();
  /** Devices whose state is in Flink alone. */
  readonly #away = new Set<DeviceId>();
  #now: EpochMs = 0;

  constructor(deps: KeyedMemoryDeps<Entry>) {
    this.#deps = deps;
  }

  /** The newest time that any event told. */
  advance(at: EpochMs): void {
    if (at > this.#now) this.#now = at;
  }

  find(deviceId: DeviceId): Entry | null {
    const entry = this.#entries.get(deviceId);
    if (entry !== undefined) return entry;
    if (!this.#away.delete(deviceId)) return null;
    return this.load(deviceId, this.#deps.find(deviceId));
  }

  put(deviceId: DeviceId, entry: Entry): void {
    this.#entries.set(deviceId, entry);
  }

  touch(entry: Entry): void {
    entry.dirty = true;
    entry.touchedAt = this.#now;
  }

  /** Entries at hand. */
  entries(): Iterable<[DeviceId, Entry]> {
    return this.#entries;
  }

  /** Brings every device back that was left to Flink. */
  recallAll(): void {
    for (const deviceId of [...this.#away]) this.find(deviceId);
  }

  load(deviceId: DeviceId, text: string): Entry {
    const { form, saved } = decodeState(text) as { readonly form: string; readonly saved: unknown };
    if (form !== this.#deps.form) {
      throw new Error(
        `Cannot go on from the state of "${deviceId}": ${form}, not ${this.#deps.form}`,
      );
    }
    const entry = this.#deps.fromSaved(saved);
    // Long idle ones rest again at the next checkpoint.
    this.#entries.set(deviceId, entry);
    return entry;
  }

  /** Writes what changed, then lets idle devices rest. */
  flush(write: (deviceId: DeviceId, text: string) => void): void {
    const { form, toSaved, mayRest, idleMs } = this.#deps;
    for (const [deviceId, entry] of this.#entries) {
      if (entry.dirty) {
        write(deviceId, encodeState({ form, saved: toSaved(entry) }));
        entry.dirty = false;
      } else if (this.#now - entry.touchedAt > idleMs && mayRest(entry)) {
        this.#entries.delete(deviceId);
        this.#away.add(deviceId);
      }
    }
  }
}
