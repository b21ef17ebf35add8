import type { ConfigVersion, DeviceId, EpochMs } from "../../../../model/basics.ts";
import type { ControlEvent, StreamEvent } from "../../../../model/control.ts";
import type { Reading } from "../../../../model/reading.ts";
import type { Frame } from "../../../../wire/engine-frames.ts";
import { decodeRawRecord, isTickKey, type TickRecord } from "../../../../wire/raw-record.ts";
import { ControlMemory, type SavedControl } from "./control-memory.ts";
import { emitDeadLetter } from "./dead-letter.ts";
import type { DeviceJob, Steps, StepsDeps } from "./job.ts";
import { type Keyed, KeyedMemory } from "./keyed-memory.ts";
import { RepeatFilter, type SavedRepeats } from "./repeat-filter.ts";
import { type RawLine, stampOf, WaitingLines } from "./waiting-lines.ts";

interface DeviceEntry<State> extends Keyed {
  state: State;
  /** Raw partition that its readings and its ticks come from. */
  partition: number;
  /** Newest line of that partition that it was stepped with; a line that comes again is left out. */
  offset: number;
  /** Configuration that it was told. */
  version: ConfigVersion;
  dueAt: EpochMs | null;
}

type SavedEntry<State> = Pick<DeviceEntry<State>, "state" | "partition" | "offset" | "version">;

/** What a checkpoint keeps of a subtask beside its devices. */
interface Shared {
  readonly repeats: SavedRepeats;
  readonly control: SavedControl;
  readonly reached: readonly (readonly [number, ConfigVersion])[];
  readonly waiting: readonly Frame[];
}

/**
 * Runs a job over the raw partitions and `control`. For each device the order is that of its partition; a
 * control event stands before the first of the device's readings or of the partition's ticks that is stamped
 * with its version, wherever it happens to arrive. So the result depends on the logs alone.
 */
export function createDeviceSteps<State>(job: DeviceJob<State>, deps: StepsDeps): Steps {
  return new DeviceSteps(job, deps);
}

class DeviceSteps<State> implements Steps {
  readonly #job: DeviceJob<State>;
  readonly #deps: StepsDeps;
  readonly #memory: KeyedMemory<DeviceEntry<State>>;
  readonly #control = new ControlMemory();
  readonly #waiting = new WaitingLines();
  readonly #repeats = new RepeatFilter();
  /** Version of the newest tick of each partition: every device of it was told everything up to it. */
  readonly #reached = new Map<number, ConfigVersion>();
  readonly #restored = new Map<string, Frame>();
  #isRestored = false;

  constructor(job: DeviceJob<State>, deps: StepsDeps) {
    this.#job = job;
    this.#deps = deps;
    this.#memory = new KeyedMemory({
      form: `${job.name}@${job.stateVersion}`,
      toSaved: ({ state, partition, offset, version }) => ({ state, partition, offset, version }),
      fromSaved: (saved) => {
        const known = saved as SavedEntry<State>;
        return { ...known, dueAt: job.dueAt(known.state), dirty: false, touchedAt: 0 };
      },
      mayRest: ({ dueAt }) => dueAt === null,
      find: (deviceId) => deps.host.find(deviceId),
      idleMs: deps.options.idleMs,
    });
  }

  take(frame: Frame): void {
    try {
      if (frame.source === "c") this.#takeControl(frame);
      else if (!this.#repeats.isRepeat(frame))
        this.#takeRaw({ frame, record: decodeRawRecord(frame.key, frame.value) });
    } catch (failure) {
      emitDeadLetter(this.#deps.emit, this.#job.name, frame, failure);
    }
  }

  restore(text: string): void {
    const { repeats, control, reached, waiting } = JSON.parse(text) as Shared;
    this.#repeats.restore(repeats);
    this.#control.restore(control);
    this.#reachedBefore(new Map(reached));
    for (const frame of waiting) {
      const isOurs = isTickKey(frame.key) || this.#deps.host.place(frame.key) >= 0;
      if (isOurs) this.#restored.set(`${frame.partition}/${frame.offset}`, frame);
    }
  }

  load(deviceId: DeviceId, text: string): void {
    this.#memory.load(deviceId, text);
  }

  begin(): void {
    const frames = [...this.#restored.values()].toSorted((a, b) => a.offset - b.offset);
    this.#restored.clear();
    for (const frame of frames) this.take(frame);
  }

  flush(write: (deviceId: DeviceId, text: string) => void): void {
    this.#memory.flush(write);
  }

  shared(): string {
    const shared: Shared = {
      repeats: this.#repeats.save(),
      control: this.#control.save(),
      reached: [...this.#reached],
      // Without their origin: they were taken note of, and are no repeats when they are offered again.
      waiting: this.#waiting.frames().map((frame) => ({ ...frame, origin: "" })),
    };
    return JSON.stringify(shared);
  }

  waiting(): number {
    return this.#waiting.count();
  }

  /** A tick waits where readings wait: the subtask that was least far says from where to go on. */
  #reachedBefore(theirs: ReadonlyMap<number, ConfigVersion>): void {
    if (!this.#isRestored) for (const one of theirs) this.#reached.set(...one);
    for (const [partition, version] of this.#reached) {
      this.#reached.set(partition, Math.min(version, theirs.get(partition) ?? 0));
    }
    this.#isRestored = true;
  }

  #takeControl(frame: Frame): void {
    if (!this.#job.usesControl) return;
    const event = JSON.parse(frame.value) as ControlEvent | { readonly kind: string };
    // Ticks of the embedded profile's log stand in `control`; here each partition has its own.
    if ("kind" in event) return;
    this.#control.add(event);
    this.#waiting.release(this.#control.known, (line) => this.#apply(line));
  }

  #takeRaw(line: RawLine): void {
    const { partition } = line.frame;
    const mustWait = this.#job.usesControl && stampOf(line) > this.#control.known;
    if (!mustWait && !this.#waiting.has(partition)) {
      this.#apply(line);
      return;
    }
    const overdue = this.#waiting.push(line);
    if (overdue === null) return;
    const missing = new Error(`judged without the configuration ${stampOf(overdue)}`);
    emitDeadLetter(this.#deps.emit, this.#job.name, overdue.frame, missing);
    this.#apply(overdue);
  }

  #apply({ frame, record }: RawLine): void {
    try {
      if ("tick" in record) this.#tick(frame, record.tick);
      else this.#reading(frame, record.reading);
    } catch (failure) {
      emitDeadLetter(this.#deps.emit, this.#job.name, frame, failure);
    }
  }

  #reading(frame: Frame, reading: Reading): void {
    const { partition } = frame;
    this.#memory.advance(reading.receivedAt);
    const version = Math.max(reading.configVersion, this.#reached.get(partition) ?? 0);
    const known = this.#memory.find(reading.deviceId);
    const entry = known ?? this.#create(reading.deviceId, { partition, version });
    if (entry.partition !== partition) moveTo(entry, partition);
    if (frame.offset <= entry.offset) return;
    entry.offset = frame.offset;
    this.#tell(reading.deviceId, entry, version);
    this.#step(entry, { kind: "reading", reading });
  }

  #tick(frame: Frame, { at, configVersion }: TickRecord): void {
    const { partition } = frame;
    this.#memory.advance(at);
    const before = this.#reached.get(partition) ?? 0;
    if (this.#job.usesControl && configVersion > before) {
      this.#reached.set(partition, configVersion);
      this.#spread(frame, before, configVersion);
    }
    for (const [deviceId, entry] of this.#memory.entries()) {
      if (entry.partition !== partition || entry.dueAt === null || entry.dueAt > at) continue;
      if (frame.offset <= entry.offset) continue;
      entry.offset = frame.offset;
      this.#attempt(deviceId, frame, () => this.#step(entry, { kind: "tick", at }));
    }
  }

  /** Tells the devices of a partition what concerns them, also those that have sent nothing yet. */
  #spread(frame: Frame, from: ConfigVersion, to: ConfigVersion): void {
    const { partition } = frame;
    const { all, devices } = this.#control.concerned(from, to);
    if (all) this.#memory.recallAll();
    for (const deviceId of devices) {
      if (this.#memory.find(deviceId) !== null) continue;
      if (this.#deps.host.place(deviceId) === partition)
        this.#create(deviceId, { partition, version: to });
    }
    if (all || devices.length > 0) {
      for (const [deviceId, entry] of this.#memory.entries()) {
        if (entry.partition !== partition) continue;
        this.#attempt(deviceId, frame, () => this.#tell(deviceId, entry, to));
      }
    }
    const { partitions } = this.#deps.options;
    const lowest = Array.from({ length: partitions }, (_, i) => this.#reached.get(i) ?? 0);
    this.#control.forget(Math.min(...lowest));
  }

  /** A device begins with the rules and settings that are in force where it first appears. */
  #create(
    deviceId: DeviceId,
    { partition, version }: { readonly partition: number; readonly version: ConfigVersion },
  ): DeviceEntry<State> {
    const own = this.#control.firstOf(deviceId);
    const begin = own === null || own > version ? version : own - 1;
    const state = this.#job.initial(deviceId);
    const written = { dirty: true, touchedAt: 0 };
    const entry = { state, partition, offset: -1, version: begin, dueAt: null, ...written };
    this.#memory.put(deviceId, entry);
    for (const control of this.#control.inForce(begin + 1)) {
      entry.state = this.#job.step(entry.state, { kind: "control", control }, () => undefined);
    }
    this.#tell(deviceId, entry, version);
    return entry;
  }

  #tell(deviceId: DeviceId, entry: DeviceEntry<State>, version: ConfigVersion): void {
    if (!this.#job.usesControl || entry.version >= version) return;
    for (const control of this.#control.concerning(deviceId, entry.version, version)) {
      // First: an event that fails must not be tried again with every reading.
      entry.version = control.version;
      this.#step(entry, { kind: "control", control });
    }
    entry.version = version;
  }

  #step(entry: DeviceEntry<State>, event: StreamEvent): void {
    entry.state = this.#job.step(entry.state, event, this.#deps.emit);
    entry.dueAt = this.#job.dueAt(entry.state);
    this.#memory.touch(entry);
  }

  /** One device that fails keeps no other from its tick. */
  #attempt(deviceId: DeviceId, frame: Frame, step: () => void): void {
    try {
      step();
    } catch (failure) {
      emitDeadLetter(this.#deps.emit, this.#job.name, { ...frame, key: deviceId }, failure);
    }
  }
}

/** After a change of the partitions: places of the old one mean nothing in the new. */
function moveTo(entry: { partition: number; offset: number }, partition: number): void {
  entry.partition = partition;
  entry.offset = -1;
}
