import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { standardUnitOf } from "../../../model/units.ts";
import { compileRule } from "./compile-rule.ts";
import { operatingModes, type RuleNode } from "./rule-ast.ts";
import { parseRule } from "./rule-parser.ts";
import { printRule } from "./rule-printer.ts";
import type { RuleEnvironment } from "./rule-units.ts";

const open: RuleEnvironment = { unitOf: standardUnitOf, metrics: null, plantOffsetMinutes: 0 };
const known: RuleEnvironment = {
  ...open,
  metrics: new Set(["temperature", "vibration", "pressure", "flow"]),
};

const fault = (
  text: string,
  env: RuleEnvironment = open,
): { code: string; column: number; message: string; excerpt: string } => {
  const result = compileRule(text, env);
  assert.ok(!result.ok, `must be refused: ${text}`);
  return result.error;
};

describe("the rule language", () => {
  it("reads every form that docs/rules.md shows", () => {
    const forms = [
      "temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)",
      "temperature > 80 °C with deadband 2 °C",
      "pressure between 2 bar and 5 bar",
      "3 of 5 (vibration > 0.4 g)",
      "rate(temperature, 60s) > 2",
      "avg(vibration, 5min) > baseline(vibration) + 3 * baseline_sd(vibration)",
      "age(flow) > 60s",
      "mode in (RUNNING, STARTING) and not quality(flow) = bad",
      'status = "ANOMALY" or `pump-1.x` > 3',
      "between 06:00 and 22:00 and (flow < 10 or max(flow, 1h) < 20) for 2min",
    ];
    for (const form of forms) {
      const result = compileRule(form, open);
      assert.ok(result.ok, `${form}: ${result.ok ? "" : result.error.message}`);
    }
  });

  it("binds for tighter than and, and and tighter than or", () => {
    assert.equal(shape("a > 1 or b > 2 and c > 3 for 5s"), "(a > 1 or (b > 2 and (c > 3 for 5s)))");
    assert.equal(shape("not a > 1 for 5s"), "(not (a > 1 for 5s))");
  });

  it("points at the column of a mistake", () => {
    assert.deepEqual(at("temperature > "), ["RULE_SYNTAX", 15]);
    assert.deepEqual(at("temperature >> 3"), ["RULE_SYNTAX", 14]);
    assert.deepEqual(at("temperature > 80 for 30"), ["RULE_SYNTAX", 22]);
    assert.deepEqual(at("temperature > 80 $"), ["RULE_SYNTAX", 18]);
    assert.deepEqual(at("pressure > 2 mm/s"), ["RULE_TYPE", 12]);
    assert.deepEqual(at("temperature and pressure > 1"), ["RULE_TYPE", 1]);
    assert.deepEqual(at("age(flow) > 5"), ["RULE_TYPE", 1]);
    assert.deepEqual(at("mode in (SLEEPING)"), ["RULE_SYNTAX", 10]);
    assert.equal(fault("a > 1 and\n  b >").excerpt, "  b >\n     ^");
  });

  it("names the metric that was probably meant", () => {
    assert.match(fault("vibraton > 3", known).message, /'vibration'/);
    assert.match(fault("averge(flow, 60s) > 3", known).message, /'avg'|known are/);
  });

  it("refuses what is too long, too deep, too wide or too much", () => {
    assert.equal(fault(`a > ${"1".repeat(2_100)}`).code, "RULE_SYNTAX");
    assert.equal(fault(`${"(".repeat(50_00 / 10)}a > 1${")".repeat(500)}`).code, "RULE_SYNTAX");
    assert.equal(fault("avg(a, 25h) > 1").code, "RULE_SYNTAX");
    assert.equal(fault("3 of 2 (a > 1)").code, "RULE_SYNTAX");
    assert.equal(fault("1 of 5000 (a > 1)").code, "RULE_SYNTAX");
    const wide = Array.from({ length: 9 }, (_, i) => `avg(a, ${i + 1}s) > 1`).join(" and ");
    assert.equal(fault(wide).code, "RULE_SYNTAX");
  });

  it("answers any text with a rule or with a column inside it", () => {
    const piece = fc.constantFrom(
      "temperature",
      ">",
      "80",
      "°C",
      "(",
      ")",
      "and",
      "for",
      "30s",
      "not",
      "of",
      "`",
      '"',
      ",",
      "06:00",
      "-",
      "*",
      "🙂",
      "rate(",
      "with deadband",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const result = compileRule(source, open);
        if (!result.ok)
          assert.ok(result.error.column >= 1 && result.error.column <= source.length + 1);
      }),
    );
  });

  it("prints a rule so that reading it again gives the same rule", () => {
    fc.assert(
      fc.property(truths, (node) => {
        assert.deepEqual(bare(parseRule(printRule(node))), bare(node));
      }),
      { numRuns: 500 },
    );
  });
});

function at(text: string): [string, number] {
  const { code, column } = fault(text);
  return [code, column];
}

function shape(text: string): string {
  const show = (node: RuleNode): string => {
    if (node.kind === "logic") return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    if (node.kind === "not") return `(not ${show(node.operand)})`;
    if (node.kind === "for") return `(${show(node.operand)} for ${node.ms / 1000}s)`;
    return printRule(node);
  };
  return show(parseRule(text));
}

/** The tree without the places it was read from. */
function bare(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value) => (key === "from" || key === "to" ? undefined : value)),
  );
}

const span = { from: 0, to: 0 };
const metric = fc.constantFrom("temperature", "flow", "pump-1.x", "min", "a_b:c");
const ms = fc.constantFrom(1, 250, 1_000, 30_000, 60_000, 90_000, 3_600_000, 86_400_000);
const plain = fc
  .double({ min: 0, max: 1e6, noNaN: true })
  .map((value) => (value === 0 ? 0 : value));
const literal: fc.Arbitrary<RuleNode> = fc.record({
  kind: fc.constant("number" as const),
  value: fc.oneof(
    plain,
    plain.filter((value) => value > 0).map((value) => -value),
  ),
  unit: fc.constantFrom(null, "°C", "bar", "m/s²", "%", "A"),
  from: fc.constant(0),
  to: fc.constant(0),
});
const { numbers } = fc.letrec<{ numbers: RuleNode }>((tie) => ({
  numbers: fc.oneof(
    { maxDepth: 3 },
    literal,
    metric.map((name): RuleNode => ({ kind: "metric", metric: name, ...span })),
    fc
      .tuple(fc.constantFrom("baseline" as const, "baseline_sd" as const), metric)
      .map(([name, of]): RuleNode => ({ kind: "function", name, metric: of, ...span })),
    fc.tuple(fc.constantFrom("rate" as const, "avg" as const, "min" as const), metric, ms).map(
      ([name, of, window]): RuleNode => ({
        kind: "window",
        name,
        metric: of,
        ms: window,
        ...span,
      }),
    ),
    fc
      .tuple(
        fc.constantFrom("+" as const, "-" as const, "*" as const, "/" as const),
        tie("numbers"),
        tie("numbers"),
      )
      .map(
        ([operator, left, right]): RuleNode => ({
          kind: "arithmetic",
          operator,
          left,
          right,
          ...span,
        }),
      ),
    metric.map(
      (name): RuleNode => ({
        kind: "negate",
        operand: { kind: "metric", metric: name, ...span },
        ...span,
      }),
    ),
  ),
}));
const { truths } = fc.letrec<{ truths: RuleNode }>((tie) => ({
  truths: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(
        fc.constantFrom(">" as const, "<=" as const, "=" as const),
        numbers,
        numbers,
        fc.option(literal),
      )
      .map(
        ([operator, left, right, deadband]): RuleNode => ({
          kind: "compare",
          operator,
          left,
          right,
          deadband,
          ...span,
        }),
      ),
    fc
      .tuple(numbers, numbers, numbers)
      .map(([value, low, high]): RuleNode => ({ kind: "between", value, low, high, ...span })),
    fc.tuple(metric, ms).map(
      ([of, limit]): RuleNode => ({
        kind: "compare",
        operator: ">",
        left: { kind: "function", name: "age", metric: of, ...span },
        right: { kind: "duration", ms: limit, ...span },
        deadband: null,
        ...span,
      }),
    ),
    fc
      .subarray([...operatingModes], { minLength: 1 })
      .map((modes): RuleNode => ({ kind: "mode", modes, ...span })),
    fc
      .tuple(fc.boolean(), fc.constantFrom("ANOMALY", "a b"))
      .map(([equal, text]): RuleNode => ({ kind: "status", equal, text, ...span })),
    fc.tuple(metric, fc.boolean(), fc.constantFrom("good" as const, "bad" as const)).map(
      ([of, equal, quality]): RuleNode => ({
        kind: "quality",
        metric: of,
        equal,
        quality,
        ...span,
      }),
    ),
    fc
      .tuple(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 1440 }))
      .map(
        ([fromMinute, toMinute]): RuleNode => ({ kind: "schedule", fromMinute, toMinute, ...span }),
      ),
    tie("truths").map((operand): RuleNode => ({ kind: "not", operand, ...span })),
    fc
      .tuple(fc.constantFrom("and" as const, "or" as const), tie("truths"), tie("truths"))
      .map(
        ([operator, left, right]): RuleNode => ({ kind: "logic", operator, left, right, ...span }),
      ),
    fc
      .tuple(tie("truths"), ms)
      .map(([operand, window]): RuleNode => ({ kind: "for", operand, ms: window, ...span })),
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), tie("truths"))
      .map(
        ([need, operand]): RuleNode => ({ kind: "count", need, of: need + 2, operand, ...span }),
      ),
  ),
}));
