import type { DiagnosisReport } from "../../../model/diagnosis.ts";

/** What became of diagnoses; each only grows. */
export interface AgentCounters {
  readonly reportsByRules: number;
  readonly reportsByModel: number;
  readonly degraded: number;
  readonly forReview: number;
  readonly addenda: number;
  readonly numbersChecked: number;
  readonly sentencesStruck: number;
  readonly toolCalls: number;
  readonly toolErrors: number;
}

export function countReports() {
  const counts = {
    reportsByRules: 0,
    reportsByModel: 0,
    degraded: 0,
    forReview: 0,
    addenda: 0,
    numbersChecked: 0,
    sentencesStruck: 0,
    toolCalls: 0,
    toolErrors: 0,
  };
  return {
    report: ({ source, degraded, grounding, agent }: DiagnosisReport): void => {
      counts[source === "llm" ? "reportsByModel" : "reportsByRules"] += 1;
      if (degraded) counts.degraded += 1;
      counts.numbersChecked += grounding.checkedNumbers;
      counts.sentencesStruck += grounding.violations.length;
      if (agent === null) return;
      if (agent.review.length > 0) counts.forReview += 1;
      counts.toolCalls += agent.toolCalls;
      counts.toolErrors += agent.toolErrors;
    },
    addendum: (): void => {
      counts.addenda += 1;
    },
    all: (): AgentCounters => ({ ...counts }),
  };
}
