import type { MetricName, Ms } from "../../../model/basics.ts";
import type { RuleNode } from "./rule-ast.ts";
import { reservedWords } from "./rule-call-parser.ts";

/** Writes a rule with as few parentheses as its meaning allows: `parseRule(printRule(x))` is x again. */
export function printRule(node: RuleNode): string {
  switch (node.kind) {
    case "number":
      return node.unit === null ? `${node.value}` : `${node.value} ${node.unit}`;
    case "duration":
      return printDuration(node.ms);
    case "metric":
      return printMetric(node.metric);
    case "negate":
      return `-${inside(node.operand, level(node))}`;
    case "arithmetic": {
      const { left, operator, right } = node;
      return `${inside(left, level(node))} ${operator} ${inside(right, level(node) + 1)}`;
    }
    case "function":
      return `${node.name}(${printMetric(node.metric)})`;
    case "window":
      return `${node.name}(${printMetric(node.metric)}, ${printDuration(node.ms)})`;
    case "compare": {
      const deadband = node.deadband === null ? "" : ` with deadband ${inside(node.deadband, 8)}`;
      return `${inside(node.left, 6)} ${node.operator} ${inside(node.right, 6)}${deadband}`;
    }
    case "between":
      return `${inside(node.value, 6)} between ${inside(node.low, 6)} and ${inside(node.high, 6)}`;
    case "not":
      return `not ${inside(node.operand, 3)}`;
    case "logic": {
      const { left, operator, right } = node;
      return `${inside(left, level(node))} ${operator} ${inside(right, level(node) + 1)}`;
    }
    case "for":
      return `${inside(node.operand, 4)} for ${printDuration(node.ms)}`;
    case "count":
      return `${node.need} of ${node.of} (${printRule(node.operand)})`;
    case "mode":
      return `mode in (${node.modes.join(", ")})`;
    case "status":
      return `status ${node.equal ? "=" : "!="} "${node.text}"`;
    case "quality":
      return `quality(${printMetric(node.metric)}) ${node.equal ? "=" : "!="} ${node.quality}`;
    case "schedule":
      return `between ${printTime(node.fromMinute)} and ${printTime(node.toMinute)}`;
  }
}

/** How tightly a node binds: or 1, and 2, not 3, for 4, comparison 5, sum 6, product 7, sign 8, the rest 9. */
function level(node: RuleNode): number {
  switch (node.kind) {
    case "logic":
      return node.operator === "or" ? 1 : 2;
    case "not":
      return 3;
    case "for":
      return 4;
    case "compare":
    case "between":
    case "mode":
    case "status":
    case "schedule":
      return 5;
    case "arithmetic":
      return node.operator === "+" || node.operator === "-" ? 6 : 7;
    case "negate":
      return 8;
    case "number":
      return node.value < 0 ? 8 : 9;
    default:
      return 9;
  }
}

function inside(node: RuleNode, least: number): string {
  return level(node) < least ? `(${printRule(node)})` : printRule(node);
}

function printMetric(metric: MetricName): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_.:]*$/.test(metric) && !reservedWords.has(metric);
  return plain ? metric : `\`${metric}\``;
}

const spans: readonly (readonly [string, Ms])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

function printDuration(ms: Ms): string {
  for (const [name, size] of spans) {
    if (ms >= size && ms / size === Math.floor(ms / size)) return `${ms / size}${name}`;
  }
  return `${ms}ms`;
}

function printTime(minute: number): string {
  const hours = Math.floor(minute / 60);
  return `${pad(hours)}:${pad(minute - 60 * hours)}`;
}

function pad(number: number): string {
  return `${number}`.padStart(2, "0");
}
