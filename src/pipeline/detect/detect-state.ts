import type { Severity } from "../../model/alarm.ts";
import type { ConfigVersion, DeviceId, EpochMs, MetricName, Ms } from "../../model/basics.ts";
import { defaultStepSettings, type StepSettings } from "../../model/control.ts";
import type { DeviationSample } from "../../model/detection.ts";
import type { DeviceProfile, OperatingMode } from "../../model/device.ts";
import type { Reading } from "../../model/reading.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { type BaselineState, createBaseline } from "./baseline.ts";
import type { ConditionState } from "./conditions.ts";
import { createMetricTable, type MetricTable } from "./metric-cells.ts";
import type { RuleState } from "./rules/rule-memory.ts";

/**
 * Everything the detectors know of one device: plain, structured-cloneable, bounded. About 250 numbers for
 * eight channels; while a baseline is learned, a sample of its window comes on top.
 */
export interface DetectState {
  readonly deviceId: DeviceId;
  settings: StepSettings;
  profile: DeviceProfile | null;
  /** Shortest period that the profile declares; null: none. */
  declaredPeriodMs: Ms | null;
  mode: OperatingMode;
  /** Event or receive time of the last change of mode; null: never changed. */
  modeChangedAt: EpochMs | null;
  /** First reading of the present mode after a change; null: none yet, or there was no change. */
  modeFirstReadingAt: EpochMs | null;
  configVersion: ConfigVersion;
  /** Rules that could watch this device: another device's own rules are left out. */
  rules: readonly RuleDefinition[];
  ruleStates: RuleState[];
  table: MetricTable;
  baseline: BaselineState;
  conditions: ConditionState[];
  newestAt: EpochMs | null;
  newestReceivedAt: EpochMs | null;
  /** Longest usual pause between arrivals, slowly forgotten. */
  arrivalGapMs: Ms;
  arrivals: number;
  silent: boolean;
  /** Readings in a row whose clock was ahead of ours. */
  skewedRun: number;
  lastReading: Reading | null;
  lastSample: DeviationSample | null;
  /** Anomalies that other detectors reported and that last. */
  external: readonly ExternalAnomaly[];
  /** Readings that wait for a configuration they were accepted under. */
  held: readonly Reading[];
}

export interface ExternalAnomaly {
  readonly condition: string;
  readonly source: string;
  readonly score: number | null;
  readonly severity?: Severity;
  readonly contributions?: Readonly<Record<MetricName, number>>;
}

export function createDetectState(deviceId: DeviceId): DetectState {
  return {
    deviceId,
    settings: defaultStepSettings,
    profile: null,
    declaredPeriodMs: null,
    mode: "RUNNING",
    modeChangedAt: null,
    modeFirstReadingAt: null,
    configVersion: 0,
    rules: [],
    ruleStates: [],
    table: createMetricTable(),
    baseline: createBaseline(),
    conditions: [],
    newestAt: null,
    newestReceivedAt: null,
    arrivalGapMs: 0,
    arrivals: 0,
    silent: false,
    skewedRun: 0,
    lastReading: null,
    lastSample: null,
    external: [],
    held: [],
  };
}
