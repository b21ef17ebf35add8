import type { Severity } from "./alarm.ts";
import {
  type ConfigVersion,
  DAY,
  type DeviceId,
  type EpochMs,
  type MetricName,
  MINUTE,
  type Ms,
  type TraceId,
} from "./basics.ts";
import type { DeviceProfile, OperatingMode } from "./device.ts";
import type { Reading } from "./reading.ts";
import type { RuleDefinition } from "./rule.ts";

/** Settings of the steps that a plant may change while running; defaults in `app/config.ts`. */
export interface StepSettings {
  /** Good readings a baseline learns from before it is provisional. */
  readonly learnRows: number;
  /** A deviation becomes an alert when it lasts this long. */
  readonly deviationConfirmMs: Ms;
  /** Silence per (device, condition) after clearing, in event time. */
  readonly cooldownMs: Ms;
  /** A limit must be exceeded this long before its alarm is raised. */
  readonly onDelayMs: Ms;
  /** A condition must be gone this long before it counts as cleared. */
  readonly offDelayMs: Ms;
  /** STARTING blanks the rules that ask for it at most this long. */
  readonly startupMaxMs: Ms;
  /** Settled RUNNING before an engineer may accept a baseline. */
  readonly acceptAfterMs: Ms;
  /** Fixed offset of plant time from UTC in minutes, for schedules in rules; absent: 0. */
  readonly plantOffsetMinutes?: number;
}

/** What a step goes by until the log tells it the plant's own settings. */
export const defaultStepSettings: StepSettings = {
  learnRows: 400,
  deviationConfirmMs: MINUTE,
  cooldownMs: 5 * MINUTE,
  onDelayMs: 0,
  offDelayMs: 0,
  startupMaxMs: 5 * MINUTE,
  acceptAfterMs: DAY,
};

/** Everything that changes a decision of a step. `version` grows by one with each event. */
export type ControlEvent = { readonly version: ConfigVersion; readonly at: EpochMs } & (
  | { readonly type: "settings"; readonly settings: StepSettings }
  | { readonly type: "device"; readonly profile: DeviceProfile }
  | { readonly type: "rules"; readonly rules: readonly RuleDefinition[] }
  | {
      readonly type: "mode";
      readonly deviceId: DeviceId;
      readonly mode: OperatingMode;
      readonly source: string;
    }
  | { readonly type: "rebaseline"; readonly deviceId: DeviceId; readonly actor: string }
  | { readonly type: "accept_baseline"; readonly deviceId: DeviceId; readonly actor: string }
  | {
      readonly type: "alarm_action";
      readonly deviceId: DeviceId;
      readonly traceId: TraceId;
      readonly action: "acknowledge" | "shelve" | "unshelve" | "out_of_service" | "in_service";
      /** End of shelving; null for the other actions. */
      readonly until: EpochMs | null;
    }
  | {
      readonly type: "external_anomaly";
      readonly deviceId: DeviceId;
      readonly source: string;
      readonly condition: string;
      readonly active: boolean;
      readonly score: number | null;
      /** What its detector asks for, and the metrics it blames; absent: P2, none. */
      readonly severity?: Severity;
      readonly contributions?: Readonly<Record<MetricName, number>>;
      readonly observedAt: EpochMs;
      readonly text: string;
    }
);

/** What a pure step is fed with, in log order. */
export type StreamEvent =
  | { readonly kind: "reading"; readonly reading: Reading }
  | { readonly kind: "tick"; readonly at: EpochMs }
  | { readonly kind: "control"; readonly control: ControlEvent };
