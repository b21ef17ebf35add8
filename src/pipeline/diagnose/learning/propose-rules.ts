import type { RuleDefinition } from "../../../model/rule.ts";
import { verdictsNeeded } from "./cause-weights.ts";
import type { JudgedCase } from "./judged-case.ts";
import type { LearningProposal } from "./proposal.ts";
import { stableId } from "./stable-id.ts";

/** A rule that is wrong more often than this is worth changing. */
const PRECISION_WANTED = 0.5;
/** What a rule without a duration is offered. */
const FIRST_DURATION = "30s";
/** Longer than an hour is no longer an alarm. */
const LONGEST_MS = 3_600_000;

const duration = /\bfor\s+(\d+(?:\.\d+)?)\s*(ms|s|min|h)\b/g;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/**
 * Rules whose alarms people found wrong more often than right since their present version, each with the gentlest
 * change: what it waits for must last twice as long. Pure; the order of cases does not matter.
 */
export function proposeRules(
  rules: readonly RuleDefinition[],
  cases: readonly JudgedCase[],
): readonly LearningProposal[] {
  return rules.flatMap((rule) => {
    if (!rule.enabled) return [];
    const judged = cases
      .filter(({ ruleIds, at, alarm }) => {
        return ruleIds.includes(rule.ruleId) && at >= rule.createdAt && alarm !== "unclear";
      })
      .sort((a, b) => (a.orderNo < b.orderNo ? -1 : 1));
    const right = judged.filter(({ alarm }) => alarm === "right").length;
    if (judged.length < verdictsNeeded || right >= PRECISION_WANTED * judged.length) return [];
    const after = lastingTwiceAsLong(rule.text);
    if (after === null) return [];
    const wrong = judged.length - right;
    const { ruleId, version, name, text } = rule;
    return [
      {
        id: stableId(["rule", ruleId, version, after]),
        target: "rule" as const,
        subjectId: ruleId,
        version,
        name: { zh: name, en: name },
        change: { field: "text" as const, before: text, after },
        because: {
          zh: `自版本 ${version} 起 ${judged.length} 次关单中 ${wrong} 次为误报`,
          en: `${wrong} of ${judged.length} close-outs since version ${version} called its alarm wrong`,
        },
        orderNos: judged.map(({ orderNo }) => orderNo),
      },
    ];
  });
}

/** The rule with each duration doubled, or with one where it has none; null: it waits long enough already. */
export function lastingTwiceAsLong(text: string): string | null {
  if (text.search(duration) < 0) return `(${text}) for ${FIRST_DURATION}`;
  let tooLong = false;
  const after = text.replace(duration, (_, amount: string, unit: string) => {
    const doubled = Number(amount) * 2;
    tooLong ||= doubled * (unitMs[unit] ?? 1) > LONGEST_MS;
    return `for ${doubled}${unit}`;
  });
  return tooLong ? null : after;
}
