import type { DiagnosisReport, FaultCategory, ReportSeverity } from "../../../model/diagnosis.ts";
import type { DiagnosisDone } from "../../../pipeline/diagnose/diagnostic-agent.ts";
import { type Proof, proofOf } from "./proof.ts";
import { type EvalScenario, meanOf, type Twin } from "./scenarios.ts";
import { rightFor } from "./truth.ts";
import { HEALTHY_S, type WatchedRun } from "./watched-run.ts";

/** What one column made of one scenario. */
export interface CaseResult {
  readonly kind: string;
  readonly twin: Twin;
  /** false: no alarm, so there was nothing to diagnose. */
  readonly raised: boolean;
  readonly first: FaultCategory | null;
  /** The report's own answer. */
  readonly category: FaultCategory | null;
  readonly inFirst: boolean;
  readonly inThree: boolean;
  readonly abstained: boolean;
  readonly severityOk: boolean;
  readonly orderOk: boolean;
  readonly confidence: number;
  readonly latencyMs: number;
  readonly tokens: number;
  readonly struck: number;
  readonly source: DiagnosisReport["source"];
  readonly proof: Proof;
}

const noProof: Proof = { citations: 0, badCitations: 0, numbers: 0, ungrounded: 0 };

export function resultOf(
  scenario: EvalScenario,
  run: WatchedRun,
  done: DiagnosisDone | null,
): CaseResult {
  const { kind, twin } = scenario;
  const right = rightFor(kind);
  const names = { kind: kind.name, twin };
  if (done === null) {
    return {
      ...names,
      raised: false,
      first: null,
      category: null,
      inFirst: false,
      inThree: false,
      abstained: false,
      severityOk: false,
      orderOk: false,
      confidence: 0,
      latencyMs: 0,
      tokens: 0,
      struck: 0,
      source: "rules",
      proof: noProof,
    };
  }
  const { report, order } = done;
  const ranked = report.hypotheses.map(({ category }) => category);
  const first = ranked[0] ?? null;
  return {
    ...names,
    raised: true,
    first,
    category: report.faultCategory,
    inFirst: first !== null && right.includes(first),
    inThree: ranked.slice(0, 3).some((category) => right.includes(category)),
    abstained: report.faultCategory === "unknown",
    severityOk: isSevereEnough(report.severity, worstShare(run, done)),
    orderOk: order?.orderType === orderFor(report),
    confidence: report.confidence,
    latencyMs: report.latencyMs,
    tokens: report.tokensUsed,
    struck: report.grounding.violations.length,
    source: report.source,
    proof: proofOf(report),
  };
}

/** The largest share of a margin that is used up, computed from the readings alone. */
function worstShare({ device, readings }: WatchedRun, { alert }: DiagnosisDone): number {
  const until = alert.snapshot.reading?.timestamp ?? 0;
  const seen = readings.filter(({ measuredAt }) => measuredAt <= until);
  const healthy = readings.slice(HEALTHY_S - 300, HEALTHY_S);
  const shares = Object.entries(device.metrics).flatMap(([metric, { hh, ll }]) => {
    const level = meanOf(healthy, metric);
    const now = seen.at(-1)?.values.get(metric);
    if (now === undefined) return [];
    const high = hh === null ? [] : [(now - level) / (hh - level)];
    const low = ll === null ? [] : [(level - now) / (level - ll)];
    return [...high, ...low];
  });
  return Math.max(0, ...shares);
}

/** Beyond a limit it is critical and nothing less; near it at least high; far from it not critical. */
function isSevereEnough(severity: ReportSeverity, share: number): boolean {
  if (share >= 1) return severity === "CRITICAL";
  if (share >= 0.8) return severity === "CRITICAL" || severity === "HIGH";
  return severity !== "CRITICAL";
}

function orderFor({ severity, faultCategory }: DiagnosisReport): string | undefined {
  if (faultCategory === "no_fault") return undefined;
  const types = { CRITICAL: "EMERGENCY", HIGH: "PLANNED", MEDIUM: "INSPECTION" } as const;
  return severity === "LOW" ? undefined : types[severity];
}
