import type { MetricName } from "../../../model/basics.ts";
import type { Quality } from "../../../model/reading.ts";
import { closest } from "./near-names.ts";
import { type MetricFunction, RuleError, type RuleNode, type WindowFunction } from "./rule-ast.ts";
import type { TokenReader } from "./rule-token-reader.ts";

const windowFunctions: readonly WindowFunction[] = ["rate", "avg", "min", "max"];
const metricFunctions: readonly MetricFunction[] = ["baseline", "baseline_sd", "age"];
const qualities: readonly Quality[] = ["good", "uncertain", "bad"];
const functionNames = [...windowFunctions, ...metricFunctions, "quality"];
/** Words of the language; a metric of that name is written in backticks. */
export const reservedWords: ReadonlySet<string> = new Set([
  ...["and", "or", "not", "for", "of", "between", "with", "deadband", "mode", "status", "in"],
  ...functionNames,
]);

/** A metric, or one of the fixed functions of a metric. */
export function parseCall(reader: TokenReader): RuleNode {
  const token = reader.peek();
  if (token.kind !== "name") throw reader.unexpected("a metric");
  const { from, to, text } = token;
  reader.next();
  if (token.quoted) return { kind: "metric", metric: text, from, to };
  if (reader.takeSymbolOf(["("]) === null) {
    if (!reservedWords.has(text)) return { kind: "metric", metric: text, from, to };
    throw new RuleError("RULE_SYNTAX", `'${text}' is a word of the language, not a metric`, from);
  }
  const name = text;
  const metric = (): MetricName => takeMetric(reader);
  if (name === "quality") return parseQuality(reader, from);
  const windowed = windowFunctions.find((known) => known === name);
  if (windowed !== undefined) {
    const of = metric();
    reader.expectSymbol(",");
    const ms = reader.takeDuration("a window such as 60s");
    reader.expectSymbol(")");
    return { kind: "window", name: windowed, metric: of, ms, from, to: reader.end() };
  }
  const plain = metricFunctions.find((known) => known === name);
  if (plain === undefined) {
    const hint = closest(name, functionNames);
    const advice =
      hint === null ? `known are ${functionNames.join(", ")}` : `did you mean '${hint}'?`;
    throw new RuleError("RULE_SYNTAX", `Unknown function '${name}', ${advice}`, from);
  }
  const of = metric();
  reader.expectSymbol(")");
  return { kind: "function", name: plain, metric: of, from, to: reader.end() };
}

/** `quality(flow) = bad` */
function parseQuality(reader: TokenReader, from: number): RuleNode {
  const metric = takeMetric(reader);
  reader.expectSymbol(")");
  const equal = reader.takeEquality();
  const token = reader.peek();
  const quality = qualities.find((known) => token.kind === "name" && token.text === known);
  if (quality === undefined) throw reader.unexpected("good, uncertain or bad");
  reader.next();
  return { kind: "quality", metric, equal, quality, from, to: reader.end() };
}

function takeMetric(reader: TokenReader): MetricName {
  const token = reader.peek();
  if (token.kind !== "name" || (!token.quoted && reservedWords.has(token.text))) {
    throw reader.unexpected("a metric");
  }
  reader.next();
  return token.text;
}
