import type { Evidence, FaultCategory } from "../../../model/diagnosis.ts";

/** How sentences name a fault; only names that no other category shares. */
const names: readonly (readonly [FaultCategory, RegExp])[] = [
  [
    "bearing",
    /\bbearings?\s+(?:fault|wear|damage|defect|failure|spall\w*)|轴承(?:故障|磨损|损坏|失效|剥落|点蚀)/i,
  ],
  ["seal", /\bseal\s+(?:failure|leak\w*|wear|fault|damage)|密封(?:失效|泄漏|磨损|损坏)/i],
  ["imbalance", /\b(?:rotor\s+)?(?:imbalance|unbalance)\b|不平衡/i],
  ["misalignment", /\bmisalign\w*|不对中/i],
  ["cavitation", /\bcavitat\w*|汽蚀|气蚀/i],
  ["blockage", /\bblockages?\b|\b(?:is|are|was)\s+(?:blocked|clogged|plugged)\b|堵塞/i],
  ["leak", /\bleak(?:s|age|ing)?\b|泄漏/i],
  [
    "cooling",
    /\bloss of cooling\b|\bcooling\s+(?:fault|failure|loss)|冷却(?:不良|失效|故障|丧失)/i,
  ],
  ["electrical", /\belectrical\s+fault|电气故障/i],
  ["motor", /\bmotor\s+(?:fault|overheat\w*|failure)|电机(?:故障|过热)/i],
  ["sensor_fault", /\bsensor\s+(?:fault|failure|drift)|传感器(?:故障|失效|漂移)/i],
];

/** A seal that fails leaks, and readings do not tell the one from the other. */
const alike: readonly (readonly [FaultCategory, FaultCategory])[] = [
  ["seal", "leak"],
  ["motor", "cooling"],
];

/**
 * A sentence that cites knowledge and names faults must name one that the knowledge is about; null: it does, or it
 * does not speak of knowledge. Comparing with look-alikes stays possible: one of the faults has to match.
 */
export function strangeKnowledge(sentence: string, cited: readonly Evidence[]): string | null {
  const entries = cited.filter(({ kind }) => kind === "knowledge");
  if (entries.length === 0) return null;
  const named = names.filter(([, pattern]) => pattern.test(sentence)).map(([category]) => category);
  if (named.length === 0) return null;
  const about = new Set(entries.map(({ value }) => String(value["category"])));
  for (const [one, other] of alike) {
    if (about.has(one)) about.add(other);
    else if (about.has(other)) about.add(one);
  }
  if (named.some((category) => about.has(category))) return null;
  return `the knowledge it cites is not about ${named.join(" or ")}`;
}
