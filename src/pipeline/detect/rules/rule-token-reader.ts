import type { Ms } from "../../../model/basics.ts";
import { RuleError, ruleBounds } from "./rule-ast.ts";
import type { Token } from "./rule-lexer.ts";

/** Walks over the tokens, keeps count of depth and nodes, and says what it expected where. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    if (tokens.length > 2 * ruleBounds.nodes) {
      throw new RuleError("RULE_SYNTAX", "The rule has too many parts", 0);
    }
  }

  peek(): Token {
    return this.#tokens[this.#index] ?? { kind: "end", from: 0, to: 0 };
  }

  next(): void {
    this.#index += 1;
  }

  /** Where the token before ends. */
  end(): number {
    return this.#tokens[this.#index - 1]?.to ?? 0;
  }

  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > ruleBounds.depth) {
      throw new RuleError("RULE_SYNTAX", `At most ${ruleBounds.depth} levels`, this.peek().from);
    }
    const result = read();
    this.#depth -= 1;
    return result;
  }

  takeWord(word: string): boolean {
    const token = this.peek();
    if (token.kind !== "name" || token.quoted || token.text !== word) return false;
    this.next();
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(`'${word}'`);
  }

  takeSymbolOf<S extends string>(symbols: readonly S[]): S | null {
    const token = this.peek();
    const found = symbols.find((symbol) => token.kind === "symbol" && token.text === symbol);
    if (found === undefined) return null;
    this.next();
    return found;
  }

  expectSymbol(symbol: string): void {
    if (this.takeSymbolOf([symbol]) === null) throw this.unexpected(`'${symbol}'`);
  }

  /** True for `=`, false for `!=`. */
  takeEquality(): boolean {
    const found = this.takeSymbolOf(["=", "!="]);
    if (found === null) throw this.unexpected("'=' or '!='");
    return found === "=";
  }

  takeDuration(expected: string): Ms {
    const token = this.peek();
    if (token.kind !== "duration") throw this.unexpected(expected);
    if (token.ms <= 0 || token.ms > ruleBounds.windowMs) {
      throw new RuleError("RULE_SYNTAX", "A time lies between 1ms and 24h", token.from);
    }
    this.next();
    return token.ms;
  }

  takeTime(): number {
    const token = this.peek();
    if (token.kind !== "time") throw this.unexpected("a time of day such as 06:00");
    this.next();
    return token.minute;
  }

  takeText(): string {
    const token = this.peek();
    if (token.kind !== "text") throw this.unexpected('a text such as "ANOMALY"');
    this.next();
    return token.text;
  }

  takeWhole(expected: string): number {
    const token = this.peek();
    if (token.kind !== "number" || token.unit !== null || !Number.isInteger(token.value)) {
      throw this.unexpected(expected);
    }
    this.next();
    return token.value;
  }

  unexpected(expected: string): RuleError {
    const token = this.peek();
    const found = token.kind === "end" ? "the rule ends here" : `found ${describe(token)}`;
    return new RuleError("RULE_SYNTAX", `Expected ${expected}, ${found}`, token.from);
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case "number":
      return `the number ${token.value}`;
    case "duration":
      return "a span of time";
    case "time":
      return "a time of day";
    case "name":
    case "symbol":
      return `'${token.text}'`;
    case "text":
      return `"${token.text}"`;
    case "end":
      return "the end";
  }
}
