import { IaiError } from "../../kernel/errors.ts";
import type { BacktestRequest } from "../../model/backtest.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import { requireValidRule } from "../../pipeline/detect/rule-service.ts";
import type { RecordStore } from "../../ports/record-store.ts";

type Records = Parameters<Parameters<RecordStore["read"]>[0]>[0];

/** The rule in both forms, and every other rule of the plant. */
export interface RuleForms {
  readonly before: RuleDefinition | null;
  readonly after: RuleDefinition;
  readonly others: readonly RuleDefinition[];
}

/** NOT_FOUND when there is neither a rule nor a text; RULE_SYNTAX or RULE_TYPE when the text is wrong. */
export async function ruleForms(
  tx: Records,
  { ruleId, change }: BacktestRequest,
): Promise<RuleForms> {
  const current = await tx.list("rule", { where: { current: true }, orderBy: [["ruleId", "asc"]] });
  const rules = current.map(({ current: _, ...rule }): RuleDefinition => rule);
  const others = rules.filter((rule) => rule.ruleId !== ruleId);
  const stored = rules.find((rule) => rule.ruleId === ruleId) ?? null;
  if (change === null) {
    if (stored === null) throw noRule(ruleId);
    return { before: await versionBefore(tx, stored), after: stored, others };
  }
  const base = stored ?? blankRule(ruleId, change.text ?? null);
  const after = { ...base, ...change, version: stored === null ? 1 : stored.version + 1 };
  await requireValidRule(tx, after, "Cannot back-test the rule");
  return { before: stored, after, others };
}

async function versionBefore(
  tx: Records,
  { ruleId, version }: RuleDefinition,
): Promise<RuleDefinition | null> {
  const row = await tx.find("rule", { ruleId, version: version - 1 });
  if (row === null) return null;
  const { current: _, ...rule } = row;
  return rule;
}

/** A rule that nobody has stored yet, with the defaults of the API. */
function blankRule(ruleId: string, text: string | null): RuleDefinition {
  if (text === null) throw noRule(ruleId);
  return {
    ruleId,
    version: 1,
    name: ruleId,
    text,
    condition: "composite",
    severity: "P2",
    scope: { deviceId: null, deviceType: null, lineId: null },
    modes: ["RUNNING"],
    blankAtStart: true,
    latching: false,
    enabled: true,
    configVersion: 0,
    createdAt: 0,
    createdBy: "back-test",
  };
}

function noRule(ruleId: string): IaiError {
  const message = `Cannot back-test rule "${ruleId}": there is none of that id; give a text to try a new one`;
  return new IaiError("NOT_FOUND", message);
}
