import type { Severity } from "./alarm.ts";
import type { DeviceId, EpochMs, MetricName, Ms, TraceId } from "./basics.ts";
import type { ConditionName } from "./detection.ts";
import type { RuleDefinition } from "./rule.ts";
import type { Verdict } from "./work-order.ts";

/** What of a rule is tried in another form; what is absent stays as it is. */
export type RuleChange = Partial<
  Pick<RuleDefinition, "text" | "severity" | "condition" | "scope" | "modes" | "enabled">
>;

/** A rule over the past: the plant with the changed rule against the plant as it is. */
export interface BacktestRequest {
  /** A stored rule, or a name for one that does not exist yet (then `change.text` is needed). */
  readonly ruleId: string;
  /** null: the stored rule against its version before, or against none where it has but one. */
  readonly change: RuleChange | null;
  /** Which devices of the rule's scope; null: all. */
  readonly deviceIds: readonly DeviceId[] | null;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** One alarm that people would have got. */
export interface PastAlarm {
  readonly deviceId: DeviceId;
  /** That of the rule under trial. */
  readonly condition: ConditionName;
  /** Worst severity it reached. */
  readonly severity: Severity;
  /** When the rule under trial told it: by opening it, or by joining it. */
  readonly openedAt: EpochMs;
  /** null: still active at the end. */
  readonly clearedAt: EpochMs | null;
  readonly occurrences: number;
  /** All conditions that ever joined it, and the metrics they are about. */
  readonly conditions: readonly ConditionName[];
  readonly metrics: readonly MetricName[];
}

/** The same trouble, told with both forms of the rule. */
export interface KeptAlarm {
  readonly before: PastAlarm;
  readonly after: PastAlarm;
  /** Positive: told later than before. */
  readonly delayMs: Ms;
}

/** An alarm that a person has judged on closing its order, and whether each form of the rule tells it. */
export interface JudgedAlarm {
  readonly orderNo: string;
  readonly traceId: TraceId;
  readonly deviceId: DeviceId;
  readonly openedAt: EpochMs;
  readonly alarm: Verdict["alarm"];
  readonly cause: Verdict["cause"];
  readonly toldBefore: boolean;
  readonly toldAfter: boolean;
}

export interface BacktestResult {
  readonly ruleId: string;
  /** null: without the rule. */
  readonly before: Pick<RuleDefinition, "version" | "text" | "severity" | "enabled"> | null;
  readonly after: Pick<RuleDefinition, "version" | "text" | "severity" | "enabled">;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** False: the past holds more readings than one back-test reads; the devices listed are those that were read. */
  readonly complete: boolean;
  readonly devices: readonly {
    readonly deviceId: DeviceId;
    /** Read between `from` and `to`. */
    readonly readings: number;
    readonly alarmsBefore: number;
    readonly alarmsAfter: number;
  }[];
  readonly gained: readonly PastAlarm[];
  readonly lost: readonly PastAlarm[];
  readonly kept: readonly KeptAlarm[];
  readonly judged: readonly JudgedAlarm[];
}
