import type { AlarmTransition } from "../model/alarm.ts";
import type { DeviceId, EpochMs } from "../model/basics.ts";
import type { StreamEvent } from "../model/control.ts";
import type {
  AnomalyEpisode,
  DetectorSignal,
  DeviationSample,
  DeviceView,
} from "../model/detection.ts";
import type { BusPosition } from "./event-bus.ts";

/** What one step says. */
export interface StepOutput {
  readonly transitions: readonly AlarmTransition[];
  readonly episodes: readonly AnomalyEpisode[];
  readonly signals: readonly DetectorSignal[];
  /** State of the learned detector for a reading that was detected; null: tick, control, or not detected. */
  readonly sample: DeviationSample | null;
}

/**
 * A stream job as pure functions: no clock, no I/O, no mutable rules. State is a plain structured-cloneable
 * value. The state given to `step` is handed over: it may be changed in place and must not be used again.
 */
export interface StreamJob<State> {
  readonly name: string;
  /** Grows when old state cannot be read any more; the engine then re-reads the log. */
  readonly stateVersion: number;
  initial(deviceId: DeviceId): State;
  step(state: State, event: StreamEvent): { readonly state: State; readonly out: StepOutput };
  /** Earliest tick that can change anything for this device; null: none. Earlier ticks may be left out. */
  dueAt(state: State): EpochMs | null;
  view(state: State): DeviceView | null;
}

export interface StreamOutput {
  readonly transitions: readonly AlarmTransition[];
  readonly episodes: readonly AnomalyEpisode[];
  /** Views of devices that changed since the last batch, at most one each. */
  readonly views: readonly DeviceView[];
  /** Everything before it has been stepped. */
  readonly position: BusPosition;
}

/**
 * Runs a job over the log, keyed by device.
 * - Order: per device as in the log. A control event without a device reaches every device.
 * - Outputs are handed to the consumer in order; after a crash some come again, with the same numbers and ids.
 * - State survives a crash: it is re-read from the newest checkpoint and the log after it.
 */
export interface StreamEngine {
  readonly capabilities: { readonly remote: boolean };
  outputs(signal: AbortSignal): AsyncIterable<StreamOutput>;
  /** Tells that outputs up to this position are safe: checkpoints may pass it. */
  confirm(position: BusPosition): Promise<void>;
  view(deviceId: DeviceId): Promise<DeviceView | null>;
  /** Records of the log that were not stepped yet. */
  lag(): Promise<{ readonly records: number }>;
  close(): Promise<void>;
}
