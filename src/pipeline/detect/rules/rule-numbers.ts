import { CELL, get } from "../metric-cells.ts";
import { isFresh, isUsable } from "../metric-table.ts";
import { referenceOf } from "../reference.ts";
import { type NodeOf, RuleError, type RuleNode } from "./rule-ast.ts";
import type { Evaluate, RuleBuilder } from "./rule-compiler.ts";
import { addToWindow, type RuleMoment, readWindow, WINDOW_CELLS } from "./rule-memory.ts";
import { conversion, isDifference, literalIn, metricUnit, unitOf } from "./rule-units.ts";

/** What the surroundings ask of a number. */
export interface Wanted {
  /** null: as it comes. */
  readonly unit: string | null;
  /** It is added to or compared with a difference. */
  readonly difference: boolean;
}

/** A numeric part in the unit asked for; NaN while a value is missing or bad. */
export function compileNumber(node: RuleNode, wanted: Wanted, builder: RuleBuilder): Evaluate {
  switch (node.kind) {
    case "number": {
      const value = literalIn(node, wanted.unit, wanted.difference);
      return () => value;
    }
    case "negate": {
      const operand = compileNumber(node.operand, wanted, builder);
      return (m) => -operand(m);
    }
    case "arithmetic":
      return compileArithmetic(node, wanted, builder);
    case "metric":
    case "window":
    case "function":
      return inUnit(node, compileMeasured(node, builder), wanted, builder);
    case "duration":
      throw new RuleError("RULE_TYPE", "A span of time is compared with age(…) only", node.from);
    default:
      throw new RuleError("RULE_TYPE", "Expected a number, this is true or false", node.from);
  }
}

function compileArithmetic(
  node: NodeOf<"arithmetic">,
  wanted: Wanted,
  builder: RuleBuilder,
): Evaluate {
  const { operator } = node;
  if (operator === "+" || operator === "-") {
    const unit = wanted.unit ?? unitOf(node, builder.env);
    const left = compileNumber(node.left, { unit, difference: wanted.difference }, builder);
    // What is added or taken away as a literal is a difference: 80 °C + 9 °F.
    const literal = node.right.kind === "number" || isDifference(node.right);
    const right = compileNumber(node.right, { unit, difference: literal }, builder);
    return operator === "+" ? (m) => left(m) + right(m) : (m) => left(m) - right(m);
  }
  const { env } = builder;
  const leftUnit = unitOf(node.left, env);
  const bothMeasured = leftUnit !== null && unitOf(node.right, env) !== null;
  const side = (part: RuleNode): Wanted => ({
    unit: bothMeasured || unitOf(part, env) === null ? null : wanted.unit,
    difference: wanted.difference,
  });
  const left = compileNumber(node.left, side(node.left), builder);
  const right = compileNumber(node.right, side(node.right), builder);
  if (operator === "*") return (m) => left(m) * right(m);
  return (m) => {
    const divisor = right(m);
    const dividend = left(m);
    return divisor === 0 ? Number.NaN : dividend / divisor;
  };
}

function compileMeasured(
  node: NodeOf<"metric"> | NodeOf<"window"> | NodeOf<"function">,
  builder: RuleBuilder,
): Evaluate {
  metricUnit(node, builder.env);
  const metric = builder.metric(node.metric);
  if (node.kind === "metric") return (m) => usableValue(m, metric);
  if (node.kind === "window") return compileWindow(node, metric, builder);
  switch (node.name) {
    case "baseline":
      return (m) => referenceOf(m.state.baseline, m.slots[metric] ?? -1);
    case "baseline_sd":
      return (m) => m.state.baseline.referenceSd[m.slots[metric] ?? -1] ?? Number.NaN;
    case "age":
      throw new RuleError("RULE_TYPE", "age(…) is compared with a time such as 60s", node.from);
  }
}

function compileWindow(node: NodeOf<"window">, metric: number, builder: RuleBuilder): Evaluate {
  builder.window(node.from);
  const cell = builder.reserve(WINDOW_CELLS);
  const asked = { name: node.name, ms: node.ms };
  return (m) => {
    const slot = m.slots[metric] ?? -1;
    if (slot < 0) return Number.NaN;
    const { table } = m.state;
    const usable = isUsable(table, slot, m.now);
    if (usable && isFresh(table, slot)) addToWindow(m, cell, get(table, slot, CELL.value), node.ms);
    return usable ? readWindow(m, cell, asked) : Number.NaN;
  };
}

function usableValue(m: RuleMoment, metric: number): number {
  const slot = m.slots[metric] ?? -1;
  if (slot < 0 || !isUsable(m.state.table, slot, m.now)) return Number.NaN;
  return get(m.state.table, slot, CELL.value);
}

/** Two metrics of one dimension in different units are brought together as literals are. */
function inUnit(
  node: RuleNode,
  evaluate: Evaluate,
  wanted: Wanted,
  builder: RuleBuilder,
): Evaluate {
  const own = unitOf(node, builder.env);
  if (own === null || wanted.unit === null || own === wanted.unit) return evaluate;
  const options = { difference: isDifference(node), at: node.from };
  const { factor, offset } = conversion(own, wanted.unit, options);
  return (m) => evaluate(m) * factor + offset;
}
