import type { Severity } from "./alarm.ts";
import type { DeviceId, EpochMs, MetricName } from "./basics.ts";
import type { ReadingSnapshot } from "./reading.ts";
import type { Explanation } from "./rule.ts";

/** Which detector speaks; the numbers are those of the design. */
export type DetectorName =
  | "quality"
  | "limit"
  | "rule"
  | "deviation"
  | "silence"
  | "external"
  | "device_status";

/**
 * Condition of an alarm (`alert_type`): `over_temp`, `high_vibration`, `high_pressure`, `over_current`,
 * `low_<metric>`, `high_<metric>`, `composite`, `deviation`, `baseline_drift`, `temperature_rising`, `no_data`, `sensor_stuck`, `sensor_range`,
 * `start_too_long`, `limit_forecast`, or the name that a rule gives.
 */
export type ConditionName = string;

/** Standing of a device's learned baseline. */
export type BaselinePhase = "learning" | "provisional" | "active" | "stale";

/** State of the learned detector for one reading, as `iai detect --rows` prints it. */
export interface DeviationSample {
  readonly at: EpochMs;
  readonly state: "learning" | "normal" | "deviation";
  /** Distance from healthy over its limit, at most 1 while no change matters: above 1 is beyond; null while learning. */
  readonly score: number | null;
  /** Share of the score per metric, 0–1, sums to 1; empty while learning. */
  readonly contributions: Readonly<Record<MetricName, number>>;
}

/**
 * What a detector says of one condition of one device. Sent when the condition begins, and then with each
 * reading of the device until it ends (`active: false`, once).
 */
export interface DetectorSignal {
  readonly deviceId: DeviceId;
  readonly detector: DetectorName;
  readonly condition: ConditionName;
  readonly active: boolean;
  /** True when the values it rests on became bad: the condition neither holds nor clears. */
  readonly unconfirmed: boolean;
  /** Event time of the reading (or the tick) that caused it. */
  readonly at: EpochMs;
  /** When the condition began, on-delay included. */
  readonly since: EpochMs;
  /** Metrics it is about, worst first; empty for `no_data`. */
  readonly metrics: readonly MetricName[];
  /** Share of the margin used up by the worst metric; null: no limit or no baseline to tell. */
  readonly margin: number | null;
  /** Severity the detector asks for by itself (rule severity, D7); null: by margin alone. */
  readonly severity: Severity | null;
  readonly score: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly explanation: Explanation | null;
  /** Would have been raised, pages nobody: the baseline is still learning. */
  readonly shadow: boolean;
  readonly baseline: BaselinePhase;
  /** Latching conditions stay until acknowledged. */
  readonly latching: boolean;
  /** Reading it was evaluated on; null for silence. */
  readonly reading: ReadingSnapshot | null;
}

/** One contiguous time in which a detector saw a condition; `anomaly_events`. */
export interface AnomalyEpisode {
  /** Hash of (device, detector, condition, startedAt). */
  readonly episodeId: string;
  readonly deviceId: DeviceId;
  readonly detector: DetectorName;
  readonly condition: ConditionName;
  readonly startedAt: EpochMs;
  /** null while it lasts. */
  readonly endedAt: EpochMs | null;
  readonly peakScore: number | null;
  readonly contributions: Readonly<Record<MetricName, number>>;
  readonly shadow: boolean;
}

/** Learned level of one metric: what "healthy" means for it now. */
export interface MetricBaseline {
  readonly mean: number;
  readonly sd: number;
  /** Level when the device was commissioned; frozen, guards against learning a slow fault. */
  readonly referenceMean: number;
}

/** What a device's detectors know at this moment; a view, never the only copy of anything. */
export interface DeviceView {
  readonly deviceId: DeviceId;
  readonly at: EpochMs;
  readonly last: ReadingSnapshot;
  readonly qualities: Readonly<Record<MetricName, string>>;
  readonly sample: DeviationSample;
  readonly baseline: BaselinePhase;
  readonly learnedRows: number;
  readonly learnRows: number;
  readonly metrics: Readonly<Record<MetricName, MetricBaseline>>;
  /** Worst share of margin used up over all metrics; null: no limits or no baseline. */
  readonly worstMargin: number | null;
  readonly worstMetric: MetricName | null;
}
