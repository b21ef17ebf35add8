import type { Severity } from "./alarm.ts";
import type { ConfigVersion, EpochMs } from "./basics.ts";
import type { OperatingMode } from "./device.ts";

/** One version of a rule as people write it. */
export interface RuleDefinition {
  readonly ruleId: string;
  readonly version: number;
  readonly name: string;
  /** `temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)` */
  readonly text: string;
  /** Condition an alarm of this rule carries, e.g. `over_temp`, `composite`. */
  readonly condition: string;
  /** Severity of the rule itself; the margin of the worst metric may raise it. */
  readonly severity: Severity;
  /** Devices it watches; null fields match all. */
  readonly scope: {
    readonly deviceId: string | null;
    readonly deviceType: string | null;
    readonly lineId: string | null;
  };
  /** Modes in which it is evaluated. */
  readonly modes: readonly OperatingMode[];
  /** STARTING blanks this rule. */
  readonly blankAtStart: boolean;
  /** Once active it stays active until acknowledged. */
  readonly latching: boolean;
  readonly enabled: boolean;
  readonly configVersion: ConfigVersion;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
}

/** One node of "why did this fire": a clause, its truth and the values it was evaluated with. */
export interface Explanation {
  /** The clause as written, e.g. `vibration > 0.45`. */
  readonly clause: string;
  readonly holds: boolean | null;
  /** Value of the left side, in the metric's unit; null where there is none. */
  readonly value: number | null;
  /** Value of the right side. */
  readonly limit: number | null;
  readonly unit: string | null;
  /** For `for` and `N of M`: what was counted so far and what is asked. */
  readonly progress: {
    readonly have: number;
    readonly need: number;
    readonly unit: "ms" | "samples";
  } | null;
  readonly children: readonly Explanation[];
}
