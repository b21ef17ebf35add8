import type { Severity } from "../../model/alarm.ts";
import type {
  BilingualText,
  DiagnosisReport,
  Evidence,
  Hypothesis,
  MaintenancePlan,
  ReportSeverity,
} from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import { checkReport } from "./checker/check-report.ts";
import { type CitedSentence, cited, runningText, stating } from "./cited-text.ts";
import { type EvidenceLedger, findEvidence } from "./evidence-ledger.ts";
import { responseTexts } from "./evidence-text.ts";
import { metricName } from "./metric-names.ts";
import type { PlantTime } from "./number-format.ts";
import * as wording from "./report-wording.ts";
import type { RuleAnswer } from "./rule-engine/rule-engine.ts";

/** A report before it knows how it came about: revision, time, latency. */
export type ReportBody = Omit<
  DiagnosisReport,
  | "revision"
  | "createdAt"
  | "latencyMs"
  | "llmModel"
  | "tokensUsed"
  | "promptHash"
  | "modelHash"
  | "agent"
>;

export const reportSeverities: Readonly<Record<Severity, ReportSeverity>> = {
  P0: "CRITICAL",
  P1: "HIGH",
  P2: "MEDIUM",
  P3: "LOW",
};

const CHANGES_TOLD = 3;
const LOOKALIKES_TOLD = 2;

/**
 * Writes the whole report from the ledger and the rules' answer, in both languages. Pure; every number in it
 * comes from the ledger, and the checker holds it to that before it leaves.
 */
export function writeReport(
  input: { readonly alert: AlertRow; readonly ledger: EvidenceLedger; readonly answer: RuleAnswer },
  time: PlantTime,
): ReportBody {
  const { alert, ledger, answer } = input;
  const plan = planOf(ledger, answer);
  const texts = checkReport(
    {
      diagnosisText: runningText(diagnosisSentences(ledger, answer)),
      decisionText: runningText(decisionSentences(alert, ledger, answer)),
      recommendedAction: runningText(actionSentences(ledger, answer)),
    },
    { evidence: ledger.evidence, quotable: quotableTexts(alert, ledger, answer), time },
  );
  return {
    traceId: alert.traceId,
    deviceId: alert.deviceId,
    ...texts,
    faultCategory: answer.category,
    severity: reportSeverities[alert.alertLevel],
    plan,
    hypotheses: answer.hypotheses,
    evidence: ledger.evidence,
    source: "rules",
    degraded: ledger.missing.length > 0,
    degradedReason: ledger.missing.length > 0 ? `missing: ${ledger.missing.join(", ")}` : null,
    confidence: answer.confidence,
  };
}

/** Texts that people wrote and a report may quote with whatever digits they hold. */
export function quotableTexts(
  alert: AlertRow,
  ledger: EvidenceLedger,
  answer: RuleAnswer,
): readonly string[] {
  const both = (text: BilingualText | null): string[] => (text === null ? [] : [text.zh, text.en]);
  return [
    alert.deviceId,
    alert.traceId,
    ...answer.hypotheses.flatMap((item) => [...both(item.title), ...both(item.nextCheck)]),
    ...ledger.knowledge.flatMap((entry) => [
      ...entry.checks.flatMap(both),
      ...both(entry.solution),
    ]),
  ];
}

function diagnosisSentences(ledger: EvidenceLedger, answer: RuleAnswer): readonly CitedSentence[] {
  const of = (kind: Evidence["kind"]): readonly Evidence[] =>
    ledger.evidence.filter((item) => item.kind === kind);
  const margin = of("margin").filter((item) => item.metric !== null);
  const quality = of("quality").filter((item) => item.value["baseline"] !== "active");
  const history = of("history").filter(
    (item) => item.value["alarmsCount"] !== 0 || item.value["lastCause"] !== null,
  );
  const orders = of("order").filter((item) => item.value["openCount"] !== 0);
  return [
    ...of("metric_change").slice(0, CHANGES_TOLD).map(stating),
    ...of("contribution").map(stating),
    ...margin.map(stating),
    ...of("trend").map(stating),
    ...of("limit").map(stating),
    ...steadySentence(of("metric_steady")),
    ...causeSentences(ledger, answer),
    ...lookAlikeSentences(answer),
    ...quality.map(stating),
    ...history.map(stating),
    ...orders.map(stating),
    ...of("missing").map(stating),
  ];
}

function steadySentence(steady: readonly Evidence[]): readonly CitedSentence[] {
  if (steady.length === 0) return [];
  const names = steady.map((item) => metricName(item.metric ?? ""));
  return [
    cited(
      wording.steadyGroup(names),
      steady.map((item) => item.id),
    ),
  ];
}

function causeSentences(ledger: EvidenceLedger, answer: RuleAnswer): readonly CitedSentence[] {
  const [first, second] = answer.hypotheses;
  const severity = findEvidence(ledger, "margin");
  const own = severity === null ? [] : [severity.id];
  if (first === undefined || answer.unknownBecause === "nothing_fits") {
    return [cited(wording.nothingFits, first === undefined ? own : evidenceIds(ledger, first))];
  }
  if (answer.unknownBecause === "two_alike" && second !== undefined) {
    const ids = [...evidenceIds(ledger, first), ...evidenceIds(ledger, second)];
    return [cited(wording.twoAlike(first.title, second.title), ids)];
  }
  const ids = evidenceIds(ledger, first);
  if (first.category === "no_fault") return [cited(wording.noFaultSeen, ids)];
  const likely = cited(wording.likeliest(first.title), ids);
  return first.category === "sensor_fault" ? [likely, cited(wording.sensorLikely, ids)] : [likely];
}

/** What speaks for a hypothesis: its evidence and the knowledge it rests on. */
function evidenceIds(ledger: EvidenceLedger, hypothesis: Hypothesis): readonly string[] {
  const knowledge = ledger.evidence.filter((item) =>
    hypothesis.kbIds.includes(String(item.value["kbId"])),
  );
  return [...hypothesis.for.map((item) => item.evidence), ...knowledge.map((item) => item.id)];
}

function lookAlikeSentences(answer: RuleAnswer): readonly CitedSentence[] {
  const settled = answer.unknownBecause === null ? 1 : 2;
  const others = answer.hypotheses.slice(settled).flatMap((other) => {
    const because = other.against[0];
    if (because === undefined) return [];
    return [cited(wording.lessLikely(other, because.text), [because.evidence])];
  });
  return others.slice(0, LOOKALIKES_TOLD);
}

function decisionSentences(
  alert: AlertRow,
  ledger: EvidenceLedger,
  answer: RuleAnswer,
): readonly CitedSentence[] {
  const severity = findEvidence(ledger, "margin");
  const ids = severity === null ? [] : [severity.id];
  const sentences = [
    cited(responseTexts[alert.snapshot.severity], ids),
    cited(wording.actNow[alert.snapshot.severity], ids),
  ];
  if (answer.category !== "no_fault") sentences.push(cited(wording.confirmFirst, ids));
  const knowledge = knowledgeOf(ledger, answer);
  const hours = knowledge?.value["estimatedHours"];
  if (knowledge !== null && typeof hours === "number") {
    sentences.push(cited(wording.workEstimate(hours), [knowledge.id]));
  }
  return sentences;
}

/** The knowledge entry of the settled cause as evidence; null: the cause is open, or nothing is known of it. */
function knowledgeOf(ledger: EvidenceLedger, answer: RuleAnswer): Evidence | null {
  const [first] = answer.hypotheses;
  if (first === undefined || answer.unknownBecause !== null) return null;
  return ledger.evidence.find((item) => first.kbIds.includes(String(item.value["kbId"]))) ?? null;
}

/** The hypotheses whose checks are worth doing: the likeliest, or both that cannot be told apart. */
function worthChecking(answer: RuleAnswer): readonly Hypothesis[] {
  return answer.hypotheses.slice(0, answer.unknownBecause === "two_alike" ? 2 : 1);
}

function actionSentences(ledger: EvidenceLedger, answer: RuleAnswer): readonly CitedSentence[] {
  const sentences = worthChecking(answer).flatMap((hypothesis) => {
    if (hypothesis.nextCheck === null) return [];
    const ids = evidenceIds(ledger, hypothesis);
    return [cited(wording.firstCheck(hypothesis.nextCheck), ids)];
  });
  if (sentences.length > 0) return sentences;
  const severity = findEvidence(ledger, "margin");
  return [cited(wording.nothingFits, severity === null ? [] : [severity.id])];
}

function planOf(ledger: EvidenceLedger, answer: RuleAnswer): MaintenancePlan {
  const [first] = answer.hypotheses;
  const entry = ledger.knowledge.find((item) => first?.kbIds.includes(item.kbId));
  if (entry === undefined || answer.unknownBecause !== null) {
    const checks = worthChecking(answer).flatMap((item) => item.nextCheck ?? []);
    return { steps: checks, parts: [], estimatedHours: null };
  }
  return {
    steps: [...entry.checks, entry.solution],
    parts: entry.parts,
    estimatedHours: entry.estimatedHours,
  };
}
