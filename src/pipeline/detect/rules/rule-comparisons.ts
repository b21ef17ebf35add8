import { type ComparisonOperator, type NodeOf, RuleError, type RuleNode } from "./rule-ast.ts";
import type { CompiledNode, Evaluate, RuleBuilder } from "./rule-compiler.ts";
import { compileNumber } from "./rule-numbers.ts";
import { ageOf, branch, truth } from "./rule-truths.ts";
import { commonUnit, isDifference, isLiteral, metricUnit } from "./rule-units.ts";

/** Compares two numbers, an age with a time, or a number with two bounds. */
export function compileComparison(
  node: NodeOf<"compare"> | NodeOf<"between">,
  builder: RuleBuilder,
): CompiledNode {
  if (node.kind === "between") return compileBetween(node, builder);
  if (isAge(node.left) || isAge(node.right)) return compileAge(node, builder);
  const unit = commonUnit([node.left, node.right], builder.env);
  const measured = [node.left, node.right].filter((side) => !isLiteral(side));
  const difference = measured.length > 0 && measured.every(isDifference);
  const left = compileNumber(node.left, { unit, difference }, builder);
  const right = compileNumber(node.right, { unit, difference }, builder);
  const band = compileDeadband(node, unit, builder);
  return compareNumbers(node, builder, { left, right, unit, band });
}

interface Sides {
  readonly left: Evaluate;
  readonly right: Evaluate;
  readonly unit: string | null;
  /** null: no deadband. */
  readonly band: { readonly width: Evaluate; readonly cell: number } | null;
}

function compareNumbers(node: NodeOf<"compare">, builder: RuleBuilder, sides: Sides): CompiledNode {
  const { operator } = node;
  const { left, right, unit, band } = sides;
  const value = builder.result();
  const limit = builder.result();
  return branch(
    node,
    builder,
    [],
    (m) => {
      const a = left(m);
      const b = right(m);
      m.results[value] = a;
      m.results[limit] = b;
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
      if (band === null) return truth(compare(operator, a, b));
      // Once true it stays true until the value has come back by the deadband.
      const held = m.memory[band.cell] === 1;
      const back = held ? band.width(m) : 0;
      const holds = compare(
        operator,
        a,
        operator === ">" || operator === ">=" ? b - back : b + back,
      );
      m.memory[band.cell] = truth(holds);
      return truth(holds);
    },
    (m) => ({ value: finite(m.results[value]), limit: finite(m.results[limit]), unit }),
  );
}

function compileDeadband(
  node: NodeOf<"compare">,
  unit: string | null,
  builder: RuleBuilder,
): Sides["band"] {
  if (node.deadband === null) return null;
  if (node.operator === "=" || node.operator === "!=") {
    throw new RuleError("RULE_TYPE", "A deadband needs one of > >= < <=", node.deadband.from);
  }
  if (node.deadband.kind !== "number" || node.deadband.value < 0) {
    throw new RuleError("RULE_TYPE", "A deadband is a number from 0 on", node.deadband.from);
  }
  const width = compileNumber(node.deadband, { unit, difference: true }, builder);
  return { width, cell: builder.reserve(1) };
}

function compileBetween(node: NodeOf<"between">, builder: RuleBuilder): CompiledNode {
  const parts = [node.value, node.low, node.high];
  const unit = commonUnit(parts, builder.env);
  const difference = isDifference(node.value);
  const evaluators = parts.map((part) => compileNumber(part, { unit, difference }, builder));
  const [of, low, high] = evaluators;
  if (of === undefined || low === undefined || high === undefined) {
    throw new RuleError("RULE_SYNTAX", "'between' needs two bounds", node.from);
  }
  const value = builder.result();
  const limit = builder.result();
  return branch(
    node,
    builder,
    [],
    (m) => {
      const v = of(m);
      const a = low(m);
      const b = high(m);
      m.results[value] = v;
      m.results[limit] = v < a ? a : b;
      if (Number.isNaN(v) || Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
      return truth(v >= a && v <= b);
    },
    (m) => ({ value: finite(m.results[value]), limit: finite(m.results[limit]), unit }),
  );
}

/** `age(flow) > 60s`: the no-data form. */
function compileAge(node: NodeOf<"compare">, builder: RuleBuilder): CompiledNode {
  const { left, right, operator } = node;
  if (!isAge(left) || right.kind !== "duration") {
    const written = "age(…) is compared with a time, as in 'age(flow) > 60s'";
    throw new RuleError("RULE_TYPE", written, node.from);
  }
  if (node.deadband !== null) {
    throw new RuleError("RULE_TYPE", "An age has no deadband", node.deadband.from);
  }
  metricUnit(left, builder.env);
  builder.noteAge();
  const metric = builder.metric(left.metric);
  const value = builder.result();
  return branch(
    node,
    builder,
    [],
    (m) => {
      const age = ageOf(m, metric);
      m.results[value] = age;
      return Number.isNaN(age) ? Number.NaN : truth(compare(operator, age, right.ms));
    },
    (m) => ({ value: finite(m.results[value]), limit: right.ms, unit: "ms" }),
  );
}

function isAge(node: RuleNode): node is NodeOf<"function"> {
  return node.kind === "function" && node.name === "age";
}

function compare(operator: ComparisonOperator, a: number, b: number): boolean {
  switch (operator) {
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case "=":
      return a === b;
    case "!=":
      return a !== b;
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
