import type { OperatingMode } from "../../../model/device.ts";
import {
  type ArithmeticOperator,
  type ComparisonOperator,
  operatingModes,
  RuleError,
  type RuleNode,
  ruleBounds,
} from "./rule-ast.ts";
import { parseCall } from "./rule-call-parser.ts";
import { readTokens } from "./rule-lexer.ts";
import { TokenReader } from "./rule-token-reader.ts";

/**
 * Reads a rule. From loose to tight: or · and · not · `for` · comparison · + − · × ÷ · sign. Throws a RuleError
 * that knows the column.
 */
export function parseRule(text: string): RuleNode {
  if (text.length > ruleBounds.textLength) {
    throw new RuleError("RULE_SYNTAX", `A rule has at most ${ruleBounds.textLength} characters`, 0);
  }
  const reader = new TokenReader(readTokens(text));
  const root = parseOr(reader);
  if (reader.peek().kind !== "end") throw reader.unexpected("'and', 'or', 'for' or the end");
  return root;
}

/** A whole expression, as it stands in parentheses. */
export function parseOr(reader: TokenReader): RuleNode {
  return reader.nested(() => {
    let left = parseAnd(reader);
    while (reader.takeWord("or")) left = logic("or", left, parseAnd(reader));
    return left;
  });
}

function parseAnd(reader: TokenReader): RuleNode {
  let left = parseNot(reader);
  while (reader.takeWord("and")) left = logic("and", left, parseNot(reader));
  return left;
}

function logic(operator: "and" | "or", left: RuleNode, right: RuleNode): RuleNode {
  return { kind: "logic", operator, left, right, from: left.from, to: right.to };
}

function parseNot(reader: TokenReader): RuleNode {
  const { from } = reader.peek();
  if (!reader.takeWord("not")) return parseHeld(reader);
  return reader.nested(() => {
    const operand = parseNot(reader);
    return { kind: "not", operand, from, to: operand.to };
  });
}

function parseHeld(reader: TokenReader): RuleNode {
  let operand = parseComparison(reader);
  while (reader.takeWord("for")) {
    const ms = reader.takeDuration("a time such as 30s");
    operand = { kind: "for", operand, ms, from: operand.from, to: reader.end() };
  }
  return operand;
}

function parseComparison(reader: TokenReader): RuleNode {
  const special = parseSchedule(reader) ?? parseModeOrStatus(reader);
  if (special !== null) return special;
  const left = parseSum(reader);
  if (reader.takeWord("between")) {
    const low = parseSum(reader);
    reader.expectWord("and");
    const high = parseSum(reader);
    return { kind: "between", value: left, low, high, from: left.from, to: high.to };
  }
  const operator = reader.takeSymbolOf(comparisons);
  if (operator === null) return left;
  const right = parseSum(reader);
  let deadband: RuleNode | null = null;
  if (reader.takeWord("with")) {
    reader.expectWord("deadband");
    deadband = parseUnary(reader);
  }
  return { kind: "compare", operator, left, right, deadband, from: left.from, to: reader.end() };
}

const comparisons: readonly ComparisonOperator[] = [">", ">=", "<", "<=", "=", "!="];

/** `between 06:00 and 22:00`, in plant time. */
function parseSchedule(reader: TokenReader): RuleNode | null {
  const { from } = reader.peek();
  if (!reader.takeWord("between")) return null;
  const fromMinute = reader.takeTime();
  reader.expectWord("and");
  const toMinute = reader.takeTime();
  return { kind: "schedule", fromMinute, toMinute, from, to: reader.end() };
}

/** `mode in (RUNNING, STARTING)`, `mode = RUNNING`, `status = "ANOMALY"`. */
function parseModeOrStatus(reader: TokenReader): RuleNode | null {
  const { from } = reader.peek();
  if (reader.takeWord("mode")) {
    if (!reader.takeWord("in")) {
      reader.expectSymbol("=");
      return { kind: "mode", modes: [takeMode(reader)], from, to: reader.end() };
    }
    reader.expectSymbol("(");
    const modes = [takeMode(reader)];
    while (reader.takeSymbolOf([","]) !== null) modes.push(takeMode(reader));
    reader.expectSymbol(")");
    return { kind: "mode", modes, from, to: reader.end() };
  }
  if (!reader.takeWord("status")) return null;
  const equal = reader.takeEquality();
  return { kind: "status", equal, text: reader.takeText(), from, to: reader.end() };
}

function takeMode(reader: TokenReader): OperatingMode {
  const token = reader.peek();
  const mode = operatingModes.find((known) => token.kind === "name" && token.text === known);
  if (mode === undefined) throw reader.unexpected(`one of ${operatingModes.join(", ")}`);
  reader.next();
  return mode;
}

function parseSum(reader: TokenReader): RuleNode {
  let left = parseProduct(reader);
  for (;;) {
    const operator = reader.takeSymbolOf(["+", "-"] as const);
    if (operator === null) return left;
    left = arithmetic(operator, left, parseProduct(reader));
  }
}

function parseProduct(reader: TokenReader): RuleNode {
  let left = parseUnary(reader);
  for (;;) {
    const operator = reader.takeSymbolOf(["*", "/"] as const);
    if (operator === null) return left;
    left = arithmetic(operator, left, parseUnary(reader));
  }
}

function arithmetic(operator: ArithmeticOperator, left: RuleNode, right: RuleNode): RuleNode {
  return { kind: "arithmetic", operator, left, right, from: left.from, to: right.to };
}

function parseUnary(reader: TokenReader): RuleNode {
  const { from } = reader.peek();
  if (reader.takeSymbolOf(["-"]) === null) return parsePrimary(reader);
  return reader.nested(() => {
    const operand = parseUnary(reader);
    if (operand.kind === "number") return { ...operand, value: -operand.value, from };
    return { kind: "negate", operand, from, to: operand.to };
  });
}

function parsePrimary(reader: TokenReader): RuleNode {
  const token = reader.peek();
  const { from, to } = token;
  if (token.kind === "duration") {
    reader.next();
    return { kind: "duration", ms: token.ms, from, to };
  }
  if (token.kind === "number") {
    reader.next();
    if (token.unit === null && reader.takeWord("of")) return parseCount(reader, token.value, from);
    return { kind: "number", value: token.value, unit: token.unit, from, to };
  }
  if (token.kind === "name") return parseCall(reader);
  if (reader.takeSymbolOf(["("]) === null) throw reader.unexpected("a metric, a number or '('");
  const inner = parseOr(reader);
  reader.expectSymbol(")");
  return inner;
}

/** `3 of 5 (vibration > 0.4)` */
function parseCount(reader: TokenReader, need: number, from: number): RuleNode {
  const of = reader.takeWhole("how many samples are looked at");
  const fits = Number.isInteger(need) && need >= 1 && need <= of && of <= ruleBounds.samples;
  if (!fits) {
    const allowed = `whole numbers with 1 ≤ N ≤ M ≤ ${ruleBounds.samples}`;
    throw new RuleError("RULE_SYNTAX", `'N of M' needs ${allowed}`, from);
  }
  reader.expectSymbol("(");
  const operand = parseOr(reader);
  reader.expectSymbol(")");
  return { kind: "count", need, of, operand, from, to: reader.end() };
}
