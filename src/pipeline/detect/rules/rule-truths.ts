import type { Explanation } from "../../../model/rule.ts";
import { CELL, get } from "../metric-cells.ts";
import { qualityName } from "../metric-table.ts";
import { type NodeOf, RuleError, type RuleNode } from "./rule-ast.ts";
import { compileComparison } from "./rule-comparisons.ts";
import type { CompiledNode, Evaluate, RuleBuilder } from "./rule-compiler.ts";
import {
  countCells,
  countHeld,
  countOf,
  HOLD_CELLS,
  holdFor,
  type RuleMoment,
} from "./rule-memory.ts";
import { metricUnit } from "./rule-units.ts";

const DAY_MINUTES = 1_440;

/** A part that is true, false or unknown. */
export function compileTruth(node: RuleNode, builder: RuleBuilder): CompiledNode {
  switch (node.kind) {
    case "compare":
    case "between":
      return compileComparison(node, builder);
    case "not": {
      const operand = compileTruth(node.operand, builder);
      return branch(node, builder, [operand], (m) => 1 - operand.evaluate(m));
    }
    case "logic":
      return compileLogic(node, builder);
    case "for":
      return compileFor(node, builder);
    case "count":
      return compileCount(node, builder);
    case "mode":
      return branch(node, builder, [], (m) => (node.modes.includes(m.state.mode) ? 1 : 0));
    case "status":
      return branch(node, builder, [], (m) => {
        const status = m.state.lastReading?.status ?? null;
        return status === null ? Number.NaN : truth((status === node.text) === node.equal);
      });
    case "quality":
      return compileQuality(node, builder);
    case "schedule":
      return compileSchedule(node, builder);
    default:
      throw new RuleError("RULE_TYPE", "Expected a condition such as 'x > 5'", node.from);
  }
}

/** Notes the result for the explanation, with the clause as it was written. */
export function branch(
  node: RuleNode,
  builder: RuleBuilder,
  children: readonly CompiledNode[],
  evaluate: Evaluate,
  detail: (m: RuleMoment) => Partial<Explanation> = () => ({}),
): CompiledNode {
  const result = builder.result();
  const clause = builder.text.slice(node.from, node.to);
  return {
    evaluate: (m) => {
      const value = evaluate(m);
      m.results[result] = value;
      return value;
    },
    explain: (m) => ({
      clause,
      holds: known(m.results[result]),
      value: null,
      limit: null,
      unit: null,
      progress: null,
      children: children.map((child) => child.explain(m)),
      ...detail(m),
    }),
  };
}

export function truth(holds: boolean): number {
  return holds ? 1 : 0;
}

function known(result: number | undefined): boolean | null {
  return result === undefined || Number.isNaN(result) ? null : result === 1;
}

/** False wins an `and`, true wins an `or`, whatever the unknown side is. */
function compileLogic(node: NodeOf<"logic">, builder: RuleBuilder): CompiledNode {
  const left = compileTruth(node.left, builder);
  const right = compileTruth(node.right, builder);
  const wins = node.operator === "and" ? 0 : 1;
  return branch(node, builder, [left, right], (m) => {
    const a = left.evaluate(m);
    const b = right.evaluate(m);
    if (a === wins || b === wins) return wins;
    return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 1 - wins;
  });
}

function compileFor(node: NodeOf<"for">, builder: RuleBuilder): CompiledNode {
  const operand = compileTruth(node.operand, builder);
  const cell = builder.reserve(HOLD_CELLS);
  return branch(
    node,
    builder,
    [operand],
    (m) => holdFor(m, cell, operand.evaluate(m), node.ms),
    (m) => {
      const since = m.memory[cell] ?? Number.NaN;
      const have = Number.isNaN(since) ? 0 : m.now - since;
      return { progress: { have, need: node.ms, unit: "ms" } };
    },
  );
}

function compileCount(node: NodeOf<"count">, builder: RuleBuilder): CompiledNode {
  const operand = compileTruth(node.operand, builder);
  const cell = builder.reserve(countCells(node.of));
  return branch(
    node,
    builder,
    [operand],
    (m) => countOf(m, cell, operand.evaluate(m), node),
    (m) => {
      const have = countHeld(m.memory, cell, node.of);
      return { progress: { have, need: node.need, unit: "samples" } };
    },
  );
}

function compileQuality(node: NodeOf<"quality">, builder: RuleBuilder): CompiledNode {
  metricUnit(node, builder.env);
  const metric = builder.metric(node.metric);
  return branch(node, builder, [], (m) => {
    const slot = m.slots[metric] ?? -1;
    if (slot < 0) return Number.NaN;
    return truth((qualityName(m.state.table, slot) === node.quality) === node.equal);
  });
}

/** Fixed offset, no calendar: the same minute in every engine. */
function compileSchedule(node: NodeOf<"schedule">, builder: RuleBuilder): CompiledNode {
  const { fromMinute, toMinute } = node;
  const offset = builder.env.plantOffsetMinutes;
  return branch(node, builder, [], (m) => {
    const minutes = Math.floor(m.now / 60_000) + offset;
    const minute = minutes - DAY_MINUTES * Math.floor(minutes / DAY_MINUTES);
    const overnight = fromMinute > toMinute;
    const late = minute >= fromMinute;
    const early = minute < toMinute;
    return truth(overnight ? late || early : late && early);
  });
}

/** Age in our own time: silence is measured there. */
export function ageOf(m: RuleMoment, metric: number): number {
  const slot = m.slots[metric] ?? -1;
  if (slot < 0) return Number.NaN;
  const received = get(m.state.table, slot, CELL.receivedAt);
  return received < 0 ? Number.NaN : Math.max(0, m.receivedAt - received);
}
