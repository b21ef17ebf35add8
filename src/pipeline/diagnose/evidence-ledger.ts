import type { MetricName } from "../../model/basics.ts";
import type { Evidence, KnowledgeEntry } from "../../model/diagnosis.ts";
import { plainKnowledge } from "./agent/hygiene.ts";
import {
  historyEvidence,
  knowledgeEvidence,
  missingEvidence,
  modeEvidence,
  orderEvidence,
  qualityEvidence,
} from "./context-evidence.ts";
import type { EvidenceDraft } from "./evidence-draft.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import { metricEvidence } from "./metric-evidence.ts";
import type { MetricFact } from "./metric-fact.ts";
import { metricFactsOf } from "./metric-facts.ts";
import type { PlantTime } from "./number-format.ts";

/**
 * All facts of one diagnosis, numbered E1, E2, …: what a report may say and nothing else. Built from the same
 * sources it is the same, to the character.
 */
export interface EvidenceLedger {
  readonly evidence: readonly Evidence[];
  /** One per metric, the most telling first. */
  readonly facts: readonly MetricFact[];
  /** Knowledge that applies to this type of device. */
  readonly knowledge: readonly KnowledgeEntry[];
  /** Sources that did not answer. */
  readonly missing: readonly string[];
}

/** Turns what was fetched into numbered facts; pure. */
export function buildLedger(sources: EvidenceSources, time: PlantTime): EvidenceLedger {
  const facts = metricFactsOf(sources);
  const missing = missingEvidence(sources);
  const drafts = [
    ...metricEvidence(sources, facts, time),
    ...modeEvidence(sources),
    ...qualityEvidence(sources),
    ...historyEvidence(sources),
    ...orderEvidence(sources),
    ...missing,
  ];
  return {
    evidence: numbered(drafts, 1),
    facts,
    knowledge: sources.knowledge.ok ? sources.knowledge.value.map(plainKnowledge) : [],
    missing: missing.map((draft) => String(draft.value["source"])),
  };
}

/** The ledger with the knowledge entries that a report rests on as further facts. */
export function withKnowledge(ledger: EvidenceLedger, kbIds: readonly string[]): EvidenceLedger {
  const there = new Set(ledger.evidence.map(({ value }) => value["kbId"]));
  const wanted = ledger.knowledge.filter(({ kbId }) => kbIds.includes(kbId) && !there.has(kbId));
  const drafts = wanted.map(knowledgeEvidence);
  const further = numbered(drafts, ledger.evidence.length + 1);
  return { ...ledger, evidence: [...ledger.evidence, ...further] };
}

function numbered(drafts: readonly EvidenceDraft[], first: number): readonly Evidence[] {
  return drafts.map((draft, index) => ({ id: `E${first + index}`, ...draft }));
}

/** The first fact of a kind, about one metric where one is given. */
export function findEvidence(
  ledger: Pick<EvidenceLedger, "evidence">,
  kind: Evidence["kind"],
  metric?: MetricName,
): Evidence | null {
  const found = ledger.evidence.find(
    (item) => item.kind === kind && (metric === undefined || item.metric === metric),
  );
  return found ?? null;
}

/** The fact that tells how a metric behaves: changed or steady. */
export function behaviourOf(
  ledger: Pick<EvidenceLedger, "evidence">,
  metric: MetricName,
): Evidence | null {
  return (
    findEvidence(ledger, "metric_change", metric) ?? findEvidence(ledger, "metric_steady", metric)
  );
}
