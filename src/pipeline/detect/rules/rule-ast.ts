import type { MetricName, Ms } from "../../../model/basics.ts";
import type { OperatingMode } from "../../../model/device.ts";
import type { Quality } from "../../../model/reading.ts";

/** Where a node stands in the rule's text: from inclusive, to exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type ComparisonOperator = ">" | ">=" | "<" | "<=" | "=" | "!=";
export type ArithmeticOperator = "+" | "-" | "*" | "/";
/** Functions of one metric over a window. */
export type WindowFunction = "rate" | "avg" | "min" | "max";
/** Functions of one metric that need no window. */
export type MetricFunction = "baseline" | "baseline_sd" | "age";

/** The words of the rule language. Numbers keep the unit they were written with. */
export type RuleNode = Span &
  (
    | { readonly kind: "number"; readonly value: number; readonly unit: string | null }
    | { readonly kind: "duration"; readonly ms: Ms }
    | { readonly kind: "metric"; readonly metric: MetricName }
    | { readonly kind: "negate"; readonly operand: RuleNode }
    | {
        readonly kind: "arithmetic";
        readonly operator: ArithmeticOperator;
        readonly left: RuleNode;
        readonly right: RuleNode;
      }
    | { readonly kind: "function"; readonly name: MetricFunction; readonly metric: MetricName }
    | {
        readonly kind: "window";
        readonly name: WindowFunction;
        readonly metric: MetricName;
        readonly ms: Ms;
      }
    | {
        readonly kind: "compare";
        readonly operator: ComparisonOperator;
        readonly left: RuleNode;
        readonly right: RuleNode;
        readonly deadband: RuleNode | null;
      }
    | {
        readonly kind: "between";
        readonly value: RuleNode;
        readonly low: RuleNode;
        readonly high: RuleNode;
      }
    | { readonly kind: "not"; readonly operand: RuleNode }
    | {
        readonly kind: "logic";
        readonly operator: "and" | "or";
        readonly left: RuleNode;
        readonly right: RuleNode;
      }
    | { readonly kind: "for"; readonly operand: RuleNode; readonly ms: Ms }
    | {
        readonly kind: "count";
        readonly need: number;
        readonly of: number;
        readonly operand: RuleNode;
      }
    | { readonly kind: "mode"; readonly modes: readonly OperatingMode[] }
    | { readonly kind: "status"; readonly equal: boolean; readonly text: string }
    | {
        readonly kind: "quality";
        readonly metric: MetricName;
        readonly equal: boolean;
        readonly quality: Quality;
      }
    | { readonly kind: "schedule"; readonly fromMinute: number; readonly toMinute: number }
  );

export type NodeOf<K extends RuleNode["kind"]> = Extract<RuleNode, { kind: K }>;

/** What is wrong with a rule and where; `column` counts from 1. */
export class RuleError extends Error {
  readonly code: "RULE_SYNTAX" | "RULE_TYPE";
  readonly column: number;

  constructor(code: "RULE_SYNTAX" | "RULE_TYPE", message: string, from: number) {
    super(message);
    this.name = "RuleError";
    this.code = code;
    this.column = from + 1;
  }
}

/** A rule is bounded by construction: no loops, fixed functions, and these sizes. */
export const ruleBounds = {
  textLength: 2_000,
  depth: 32,
  nodes: 200,
  windows: 8,
  windowMs: 24 * 3_600_000,
  samples: 1_000,
} as const;

export const operatingModes: readonly OperatingMode[] = [
  "STOPPED",
  "STARTING",
  "RUNNING",
  "STOPPING",
  "STANDBY",
  "MAINTENANCE",
  "RETIRED",
];
