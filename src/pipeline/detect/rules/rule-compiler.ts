import type { MetricName } from "../../../model/basics.ts";
import type { Explanation } from "../../../model/rule.ts";
import { RuleError, type RuleNode, ruleBounds } from "./rule-ast.ts";
import type { RuleMoment } from "./rule-memory.ts";
import { compileTruth } from "./rule-truths.ts";
import type { RuleEnvironment } from "./rule-units.ts";

/** Truth as a number: 1 true, 0 false, NaN unknown. */
export type Evaluate = (moment: RuleMoment) => number;

/** A rule as closures: state stands in the moment's memory, so one compiled rule serves every device. */
export interface CompiledRule {
  readonly root: RuleNode;
  readonly metrics: readonly MetricName[];
  readonly memoryCells: number;
  readonly nodes: number;
  /** It speaks of the age of values, so silence can make it true: ticks evaluate it as well. */
  readonly usesAge: boolean;
  /** Moves the memory on. Every part is evaluated each time: what remembers must see every reading. */
  readonly evaluate: Evaluate;
  /** "Why did this fire", from the newest evaluation. */
  readonly explain: (moment: RuleMoment) => Explanation;
}

/** What the compilers of single nodes share. */
export interface RuleBuilder {
  readonly text: string;
  readonly env: RuleEnvironment;
  /** Index of a metric in the rule's own list. */
  metric(name: MetricName): number;
  /** Cells of memory; the first one's index. */
  reserve(cells: number): number;
  /** Place of a node's newest result. */
  result(): number;
  window(at: number): void;
  noteAge(): void;
}

/** One part of a rule: how it is evaluated and how it is explained. */
export interface CompiledNode {
  readonly evaluate: Evaluate;
  readonly explain: (moment: RuleMoment) => Explanation;
}

/** Types, units and bounds are checked here; throws a RuleError with the column. */
export function compileNode(root: RuleNode, text: string, env: RuleEnvironment): CompiledRule {
  const metrics: MetricName[] = [];
  let memoryCells = 0;
  let nodes = 0;
  let windows = 0;
  let usesAge = false;
  const builder: RuleBuilder = {
    text,
    env,
    metric: (name) => {
      const known = metrics.indexOf(name);
      return known >= 0 ? known : metrics.push(name) - 1;
    },
    reserve: (cells) => {
      memoryCells += cells;
      return memoryCells - cells;
    },
    result: () => {
      nodes += 1;
      if (nodes > ruleBounds.nodes)
        throw new RuleError("RULE_SYNTAX", "The rule has too many parts", 0);
      return nodes - 1;
    },
    window: (at) => {
      windows += 1;
      const most = `At most ${ruleBounds.windows} windows in one rule`;
      if (windows > ruleBounds.windows) throw new RuleError("RULE_SYNTAX", most, at);
    },
    noteAge: () => {
      usesAge = true;
    },
  };
  const { evaluate, explain } = compileTruth(root, builder);
  return { root, metrics, memoryCells, nodes, usesAge, evaluate, explain };
}
