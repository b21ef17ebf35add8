import type { MetricName } from "../../../model/basics.ts";
import { convert } from "../../../model/units.ts";
import { closest } from "./near-names.ts";
import { type NodeOf, RuleError, type RuleNode } from "./rule-ast.ts";

/** What a rule may name. `units` null: any metric, in its standard unit. */
export interface RuleEnvironment {
  readonly unitOf: (metric: MetricName) => string;
  /** Metrics that exist; null: the map is open, an unknown one is simply never there. */
  readonly metrics: ReadonlySet<MetricName> | null;
  /** Fixed offset of plant time from UTC, for schedules. */
  readonly plantOffsetMinutes: number;
}

/** Unit of a numeric expression; null: a plain number, which takes the unit of the other side. */
export function unitOf(node: RuleNode, env: RuleEnvironment): string | null {
  switch (node.kind) {
    case "number":
      return node.unit;
    case "metric":
    case "window":
      return metricUnit(node, env);
    case "function":
      return node.name === "age" ? null : metricUnit(node, env);
    case "negate":
      return unitOf(node.operand, env);
    case "arithmetic":
      return arithmeticUnit(node, env);
    default:
      return null;
  }
}

/** True for differences and rates: their conversions have no offset (5 °F more is 2.8 °C more). */
export function isDifference(node: RuleNode): boolean {
  switch (node.kind) {
    case "window":
      return node.name === "rate";
    case "function":
      return node.name === "baseline_sd";
    case "negate":
      return isDifference(node.operand);
    case "arithmetic":
      if (node.operator === "-") return !isLiteral(node.right) && !isDifference(node.right);
      if (node.operator === "+") return isDifference(node.left) && isDifference(node.right);
      return isDifference(node.left) || isDifference(node.right);
    default:
      return false;
  }
}

export function isLiteral(node: RuleNode): boolean {
  return node.kind === "number" || (node.kind === "negate" && isLiteral(node.operand));
}

/** The unit that both sides are brought to: that of what is measured, not of what is written. */
export function commonUnit(nodes: readonly RuleNode[], env: RuleEnvironment): string | null {
  const measured = nodes.filter((node) => !isLiteral(node));
  for (const node of [...measured, ...nodes]) {
    const unit = unitOf(node, env);
    if (unit !== null) return unit;
  }
  return null;
}

/** How a number of one unit becomes one of another: value × factor + offset. */
export function conversion(
  from: string,
  to: string,
  options: { readonly difference: boolean; readonly at: number },
): { readonly factor: number; readonly offset: number } {
  const zero = convert(0, from, to);
  const one = convert(1, from, to);
  if (!zero.ok || !one.ok) {
    throw new RuleError("RULE_TYPE", `${from} cannot be compared with ${to}`, options.at);
  }
  return { factor: one.value - zero.value, offset: options.difference ? 0 : zero.value };
}

/** A literal in the unit that is asked for, by the one conversion that readings go through as well. */
export function literalIn(
  node: NodeOf<"number">,
  want: string | null,
  difference: boolean,
): number {
  if (node.unit === null || want === null || node.unit === want) return node.value;
  const { factor } = conversion(node.unit, want, { difference, at: node.from });
  if (difference) return node.value * factor;
  const converted = convert(node.value, node.unit, want);
  return converted.ok ? converted.value : Number.NaN;
}

/** Throws when the metric is not known, with the name that was probably meant. */
export function metricUnit(
  node: { readonly metric: MetricName; readonly from: number },
  env: RuleEnvironment,
): string {
  if (env.metrics !== null && !env.metrics.has(node.metric)) {
    const hint = closest(node.metric, env.metrics);
    const advice = hint === null ? "" : `, did you mean '${hint}'?`;
    throw new RuleError("RULE_TYPE", `Unknown metric '${node.metric}'${advice}`, node.from);
  }
  return env.unitOf(node.metric);
}

function arithmeticUnit(node: NodeOf<"arithmetic">, env: RuleEnvironment): string | null {
  const left = unitOf(node.left, env);
  const right = unitOf(node.right, env);
  if (node.operator === "+" || node.operator === "-")
    return commonUnit([node.left, node.right], env);
  // A product of two measured quantities, or a quotient by one, has a unit of its own: a plain number here.
  if (node.operator === "*") return left === null || right === null ? (left ?? right) : null;
  return right === null ? left : null;
}
