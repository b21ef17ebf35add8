import type { AlarmTransition } from "../../model/alarm.ts";
import type { PastAlarm } from "../../model/backtest.ts";
import type { EpochMs, TraceId } from "../../model/basics.ts";
import type { ControlEvent, StepSettings } from "../../model/control.ts";
import type { ConditionName } from "../../model/detection.ts";
import type { DeviceProfile, OperatingMode } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { createDetectionJob } from "../jobs/detection-job.ts";

export interface ModeChange {
  readonly at: EpochMs;
  readonly mode: OperatingMode;
}

export interface RuleRunOptions {
  readonly profile: DeviceProfile;
  readonly settings: StepSettings;
  readonly rules: readonly RuleDefinition[];
  /** The rule under trial. */
  readonly ruleId: string;
  /** In time order; each counts from the first reading at or after it. */
  readonly modes: readonly ModeChange[];
}

/** All alarms of a run; `told` is null where the rule under trial took no part. */
export interface RunAlarm extends PastAlarm {
  readonly told: { readonly at: EpochMs; readonly condition: ConditionName } | null;
}

/** The steps of the live path over one device's past, under one set of rules. */
export interface RuleRun {
  /** Readings in time order. */
  read(reading: Reading): void;
  alarms(): readonly RunAlarm[];
}

/**
 * No ticks are played: silence is not judged, and what ends by time alone ends with the next reading. All readings
 * count as received when they were measured.
 */
export function createRuleRun(options: RuleRunOptions): RuleRun {
  const job = createDetectionJob();
  const { deviceId } = options.profile;
  let state = job.initial(deviceId);
  const alarms = new Map<TraceId, RunAlarm>();
  const tell = (control: ControlEvent): void => {
    state = job.step(state, { kind: "control", control }).state;
  };
  const first = { version: 0, at: 0 } as const;
  tell({ ...first, type: "settings", settings: options.settings });
  tell({ ...first, type: "device", profile: options.profile });
  tell({ ...first, type: "rules", rules: options.rules });
  let nextMode = 0;
  return {
    read: (reading) => {
      const { measuredAt } = reading;
      for (; (options.modes[nextMode]?.at ?? Infinity) <= measuredAt; nextMode += 1) {
        const change = options.modes[nextMode];
        if (change === undefined) break;
        const { mode, at } = change;
        tell({ version: 0, at, type: "mode", deviceId, mode, source: "history" });
      }
      const asThen = { ...reading, receivedAt: measuredAt, configVersion: 0 };
      const done = job.step(state, { kind: "reading", reading: asThen });
      state = done.state;
      for (const transition of done.out.transitions) {
        const { traceId } = transition.alarm;
        alarms.set(traceId, remember(transition, options.ruleId, alarms.get(traceId)));
      }
    },
    alarms: () => [...alarms.values()].sort((a, b) => a.openedAt - b.openedAt),
  };
}

function remember(
  { alarm, at }: AlarmTransition,
  ruleId: string,
  known: RunAlarm | undefined,
): RunAlarm {
  const conditions = new Set(known?.conditions);
  const metrics = new Set(known?.metrics);
  const ours = alarm.conditions.find((joined) => joined.ruleId === ruleId);
  for (const joined of alarm.conditions) {
    conditions.add(joined.condition);
    for (const metric of joined.metrics) metrics.add(metric);
  }
  return {
    deviceId: alarm.deviceId,
    condition: alarm.condition,
    severity: alarm.peakSeverity,
    openedAt: alarm.openedAt,
    clearedAt: alarm.clearedAt,
    occurrences: alarm.occurrences,
    conditions: [...conditions],
    metrics: [...metrics],
    told: known?.told ?? (ours === undefined ? null : { at, condition: ours.condition }),
  };
}
