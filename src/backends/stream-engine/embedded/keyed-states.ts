import type { DeviceId, EpochMs } from "../../../model/basics.ts";
import type { StreamEvent } from "../../../model/control.ts";
import type { StepOutput, StreamJob } from "../../../ports/stream-engine.ts";
import { type Broadcast, Broadcasts } from "./broadcasts.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** Key under which the newest event of each kind that concerns every device is kept. */
const BROADCAST = "*";

interface Keyed<State> {
  state: State;
  /** Last log offset that was stepped. */
  offset: number;
  /** First offset stepped since the last checkpoint; null: none. */
  dirtySince: number | null;
  dueAt: EpochMs | null;
}

/**
 * The job's state of every device. Each device carries the offset of the last event it has seen, so that an
 * event that comes again after a crash is recognised and left out.
 */
export class KeyedStates<State> {
  readonly #job: StreamJob<State>;
  readonly #devices = new Map<DeviceId, Keyed<State>>();
  readonly #broadcasts = new Broadcasts();

  constructor(job: StreamJob<State>, rows: readonly Checkpoint[]) {
    this.#job = job;
    for (const { deviceId, offset, state } of rows) {
      if (deviceId === BROADCAST) {
        this.#broadcasts.restore(state as readonly Broadcast[]);
      } else {
        const known = state as State;
        this.#devices.set(deviceId, {
          state: known,
          offset,
          dirtySince: null,
          dueAt: job.dueAt(known),
        });
      }
    }
  }

  get size(): number {
    return this.#devices.size;
  }

  find(deviceId: DeviceId): State | null {
    return this.#devices.get(deviceId)?.state ?? null;
  }

  /** Steps one event of the log through the devices it concerns and hands each output to `emit`. */
  step(
    event: StreamEvent,
    offset: number,
    emit: (deviceId: DeviceId, out: StepOutput) => void,
  ): void {
    if (event.kind === "reading") {
      this.#stepOne(event.reading.deviceId, event, offset, emit);
    } else if (event.kind === "tick") {
      for (const [deviceId, keyed] of this.#devices) {
        if (keyed.dueAt !== null && keyed.dueAt <= event.at)
          this.#stepOne(deviceId, event, offset, emit);
      }
    } else {
      const deviceId = deviceOf(event);
      if (deviceId !== null) this.#stepOne(deviceId, event, offset, emit);
      else this.#stepAll(event, offset, emit);
    }
  }

  /** The states that wait longest for a checkpoint, at most `limit`, and where the log must be read from then. */
  dirty(
    limit: number,
    position: number,
  ): { readonly rows: Checkpoint[]; readonly resumeAt: number } {
    const waiting = [...this.#devices].filter(([, keyed]) => keyed.dirtySince !== null);
    waiting.sort(([, a], [, b]) => (a.dirtySince ?? 0) - (b.dirtySince ?? 0));
    const rows: Checkpoint[] = waiting.slice(0, limit).map(([deviceId, keyed]) => {
      keyed.dirtySince = null;
      return { deviceId, offset: keyed.offset, state: keyed.state };
    });
    const resumeAt = waiting[limit]?.[1].dirtySince ?? position;
    const broadcasts = this.#broadcasts.before(resumeAt);
    if (broadcasts !== null)
      rows.push({ deviceId: BROADCAST, offset: resumeAt, state: broadcasts });
    return { rows, resumeAt };
  }

  #stepAll(
    event: StreamEvent,
    offset: number,
    emit: (deviceId: DeviceId, out: StepOutput) => void,
  ): void {
    if (event.kind !== "control") return;
    this.#broadcasts.add(event.control.type, { offset, event });
    for (const deviceId of this.#devices.keys()) this.#stepOne(deviceId, event, offset, emit);
  }

  #stepOne(
    deviceId: DeviceId,
    event: StreamEvent,
    offset: number,
    emit: (deviceId: DeviceId, out: StepOutput) => void,
  ): void {
    const keyed = this.#devices.get(deviceId) ?? this.#create(deviceId, offset);
    if (offset <= keyed.offset) return;
    const { state, out } = this.#job.step(keyed.state, event);
    keyed.state = state;
    keyed.offset = offset;
    keyed.dirtySince ??= offset;
    keyed.dueAt = this.#job.dueAt(state);
    emit(deviceId, out);
  }

  /** A device that appears later learns the rules and settings in force before its first event. */
  #create(deviceId: DeviceId, offset: number): Keyed<State> {
    let state = this.#job.initial(deviceId);
    for (const event of this.#broadcasts.inForce(offset))
      state = this.#job.step(state, event).state;
    const keyed: Keyed<State> = { state, offset: 0, dirtySince: null, dueAt: null };
    this.#devices.set(deviceId, keyed);
    return keyed;
  }
}

/** The device a control event concerns; null: every device. */
function deviceOf(event: Extract<StreamEvent, { kind: "control" }>): DeviceId | null {
  const control = event.control;
  switch (control.type) {
    case "settings":
    case "rules":
      return null;
    case "device":
      return control.profile.deviceId;
    case "mode":
    case "rebaseline":
    case "accept_baseline":
    case "alarm_action":
    case "external_anomaly":
      return control.deviceId;
  }
}
