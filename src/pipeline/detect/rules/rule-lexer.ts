import type { Ms } from "../../../model/basics.ts";
import { canonicalUnit } from "../../../model/units.ts";
import { RuleError, type Span } from "./rule-ast.ts";

export type Token = Span &
  (
    | { readonly kind: "number"; readonly value: number; readonly unit: string | null }
    | { readonly kind: "duration"; readonly ms: Ms }
    | { readonly kind: "time"; readonly minute: number }
    | { readonly kind: "name"; readonly text: string; readonly quoted: boolean }
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "symbol"; readonly text: string }
    | { readonly kind: "end" }
  );

const spaces = /\s*/y;
const time = /(\d{1,2}):(\d{2})(?![\d:])/y;
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
/** A unit ends where no letter, digit or unit sign follows. */
const unit =
  /[ \t]*((?:[A-Za-z°℃℉%][A-Za-z0-9°²³^]*)(?:\/[A-Za-z]+[²³23^]*)?)(?![A-Za-z0-9_°²³^])/y;
const duration = /[ \t]*(ms|s|min|m|h|d)(?![A-Za-z0-9_])/y;
const name = /[A-Za-z_][A-Za-z0-9_.:]*/y;
const quotedName = /`([A-Za-z0-9_.:-]{1,50})`/y;
const text = /"([^"\n]{0,100})"/y;
const symbol = /[<>!]=|[<>=()+\-*/,]/y;

const durationMs: Readonly<Record<string, Ms>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Cuts the text into tokens; numbers swallow the unit or the span of time that follows them. */
export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = skipSpaces(source, 0);
  while (from < source.length) {
    const token = readToken(source, from);
    tokens.push(token);
    from = skipSpaces(source, token.to);
  }
  tokens.push({ kind: "end", from: source.length, to: source.length });
  return tokens;
}

function readToken(source: string, from: number): Token {
  const clock = match(time, source, from);
  if (clock !== null) return timeToken(clock, from);
  const digits = match(number, source, from);
  if (digits !== null) return numberToken(source, from, digits[0]);
  const word = match(name, source, from);
  if (word !== null) return { kind: "name", text: word[0], quoted: false, ...span(from, word[0]) };
  const quoted = match(quotedName, source, from);
  if (quoted !== null) {
    return { kind: "name", text: quoted[1] ?? "", quoted: true, ...span(from, quoted[0]) };
  }
  const string = match(text, source, from);
  if (string !== null) return { kind: "text", text: string[1] ?? "", ...span(from, string[0]) };
  const sign = match(symbol, source, from);
  if (sign !== null) return { kind: "symbol", text: sign[0], ...span(from, sign[0]) };
  throw new RuleError("RULE_SYNTAX", `'${source.charAt(from)}' means nothing here`, from);
}

function timeToken(clock: RegExpExecArray, from: number): Token {
  const minute = Number(clock[1]) * 60 + Number(clock[2]);
  if (Number(clock[1]) > 24 || Number(clock[2]) > 59 || minute > 1440) {
    throw new RuleError("RULE_SYNTAX", `'${clock[0]}' is no time of day`, from);
  }
  return { kind: "time", minute, ...span(from, clock[0]) };
}

function numberToken(source: string, from: number, digits: string): Token {
  const value = Number(digits);
  const after = from + digits.length;
  if (!Number.isFinite(value)) throw new RuleError("RULE_SYNTAX", "The number is too large", from);
  const unitMatch = match(unit, source, after);
  const written = unitMatch?.[1] ?? "";
  // `m` and `min` are times here; no unit of that name exists.
  const known = written === "" ? null : canonicalUnit(written);
  if (unitMatch !== null && known !== null) {
    return { kind: "number", value, unit: known, from, to: after + unitMatch[0].length };
  }
  const lasting = match(duration, source, after);
  if (lasting !== null) {
    const ms = value * (durationMs[lasting[1] ?? "s"] ?? 1_000);
    return { kind: "duration", ms, from, to: after + lasting[0].length };
  }
  return { kind: "number", value, unit: null, from, to: after };
}

function match(pattern: RegExp, source: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(source);
}

function skipSpaces(source: string, from: number): number {
  return from + (match(spaces, source, from)?.[0].length ?? 0);
}

function span(from: number, written: string): Span {
  return { from, to: from + written.length };
}
