import type { DeviceId, EpochMs, Ms } from "../../../../model/basics.ts";
import type { StreamEvent } from "../../../../model/control.ts";
import type { Frame, FrameTarget } from "../../../../wire/engine-frames.ts";

/** Hands one output over. */
export type Emit = (target: FrameTarget, key: string, value: string) => void;

/** What the Java host does for the steps, on the same thread. */
export interface JavaHost {
  /** Text of a device's keyed state; empty: it has none. */
  find(deviceId: DeviceId): string;
  /** Raw partition of a device whose state belongs to this subtask; −1: to another. */
  place(deviceId: DeviceId): number;
}

/** Options of a job, as the deployment passes them. */
export interface JobOptions {
  /** Partitions of the raw topic. */
  readonly partitions: number;
  /** A device without events for this long is left to Flink's keyed state. */
  readonly idleMs: Ms;
  /** Shortest time between two live views of a device, in receive time. */
  readonly viewEveryMs: Ms;
  /** How long a minute's values are kept after its end, in the device's time. */
  readonly keepMs: Ms;
  /** An open minute is told again at most this often. */
  readonly refreshMs: Ms;
}

/** A job over readings, ticks and control events, as pure functions of one device. */
export interface DeviceJob<State> {
  readonly name: string;
  readonly stateVersion: number;
  /** False: configuration does not concern it, and it waits for no version. */
  readonly usesControl: boolean;
  initial(deviceId: DeviceId): State;
  /** The state handed in may be changed in place. */
  step(state: State, event: StreamEvent, emit: Emit): State;
  /** Earliest tick that can change anything; null: none. */
  dueAt(state: State): EpochMs | null;
}

/** A job over what another job said of one device, line by line. */
export interface LineJob<State> {
  readonly name: string;
  readonly stateVersion: number;
  initial(deviceId: DeviceId): State;
  /** Answers the new state and the time that the line tells. */
  step(state: State, line: string, emit: Emit): { readonly state: State; readonly at: EpochMs };
}

/** One subtask's steps. What goes wrong with one record ends as a dead letter, never as a failed job. */
export interface Steps {
  take(frame: Frame): void;
  /** Before any record: what all subtasks share, then the devices of this one, then `begin`. */
  restore(shared: string): void;
  load(deviceId: DeviceId, text: string): void;
  begin(): void;
  /** Hands over every state that changed since the last time. */
  flush(write: (deviceId: DeviceId, text: string) => void): void;
  shared(): string;
  /** Lines that wait for their configuration: while there are many the host takes records more slowly. */
  waiting(): number;
}

/** What is needed to build the steps of a job. */
export interface StepsDeps {
  readonly host: JavaHost;
  readonly options: JobOptions;
  readonly emit: Emit;
}
