import { RuleError } from "./rule-ast.ts";
import { type CompiledRule, compileNode } from "./rule-compiler.ts";
import { parseRule } from "./rule-parser.ts";
import type { RuleEnvironment } from "./rule-units.ts";

export interface RuleFault {
  readonly code: "RULE_SYNTAX" | "RULE_TYPE";
  /** One sentence. */
  readonly message: string;
  /** From 1. */
  readonly column: number;
  /** The rule's line and a caret below the column, for people. */
  readonly excerpt: string;
}

export type CompileResult =
  | { readonly ok: true; readonly rule: CompiledRule }
  | { readonly ok: false; readonly error: RuleFault };

/** Reads, checks and compiles a rule's text; never throws. */
export function compileRule(text: string, env: RuleEnvironment): CompileResult {
  try {
    return { ok: true, rule: compileNode(parseRule(text), text, env) };
  } catch (failure) {
    if (!(failure instanceof RuleError)) throw failure;
    const { code, message, column } = failure;
    return { ok: false, error: { code, message, column, excerpt: excerptOf(text, column) } };
  }
}

function excerptOf(text: string, column: number): string {
  const before = text.slice(0, column - 1);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = text.slice(lineStart).split("\n", 1)[0] ?? "";
  return `${line}\n${" ".repeat(column - 1 - lineStart)}^`;
}
