import type { Severity } from "./alarm.ts";
import type { DeviceId, EpochMs, MetricName, TraceId } from "./basics.ts";
import type { WorkOrderType } from "./work-order.ts";

export type FaultCategory =
  | "bearing"
  | "seal"
  | "motor"
  | "imbalance"
  | "misalignment"
  | "cavitation"
  | "blockage"
  | "leak"
  | "cooling"
  | "electrical"
  | "sensor_fault"
  | "no_fault"
  | "unknown";

export const faultCategories: readonly FaultCategory[] = [
  "bearing",
  "seal",
  "motor",
  "imbalance",
  "misalignment",
  "cavitation",
  "blockage",
  "leak",
  "cooling",
  "electrical",
  "sensor_fault",
  "no_fault",
  "unknown",
];

/** Severity in a report's own words; starts from P0 / P1 / P2 / P3. */
export type ReportSeverity = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";

/** Text in the two languages of the product. */
export interface BilingualText {
  readonly zh: string;
  readonly en: string;
}

/** One fact that a report may cite. `value` is canonical JSON. */
export interface Evidence {
  /** E1, E2, … */
  readonly id: string;
  readonly kind:
    | "metric_change"
    | "metric_steady"
    | "margin"
    | "contribution"
    | "limit"
    | "trend"
    | "history"
    | "order"
    | "knowledge"
    | "quality"
    | "mode"
    | "statistics"
    | "missing";
  readonly metric: MetricName | null;
  readonly value: Readonly<Record<string, number | string | boolean | null>>;
  readonly unit: string | null;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs } | null;
  /** How the fact was obtained, for a person who wants to repeat it. */
  readonly query: string;
  readonly text: BilingualText;
}

/** A possible cause with what speaks for and against it. */
export interface Hypothesis {
  readonly category: FaultCategory;
  readonly title: BilingualText;
  /** 0–1, computed from the evidence. */
  readonly score: number;
  readonly for: readonly { readonly evidence: string; readonly text: BilingualText }[];
  readonly against: readonly { readonly evidence: string; readonly text: BilingualText }[];
  readonly missing: readonly BilingualText[];
  readonly nextCheck: BilingualText | null;
  /** Knowledge-base rows it rests on. */
  readonly kbIds: readonly string[];
}

/** What to do about the likeliest cause, step by step; from the knowledge base, empty where it knows nothing. */
export interface MaintenancePlan {
  readonly steps: readonly BilingualText[];
  readonly parts: readonly string[];
  readonly estimatedHours: number | null;
}

/** How many numbers of the text were verified against the ledger, and what was struck. */
export interface Grounding {
  readonly checkedNumbers: number;
  readonly violations: readonly { readonly text: string; readonly reason: string }[];
}

/** The diagnosis of one alarm; one row per trace id, `revision` grows with escalation. */
export interface DiagnosisReport {
  readonly traceId: TraceId;
  readonly deviceId: DeviceId;
  readonly diagnosisText: BilingualText;
  readonly decisionText: BilingualText;
  readonly faultCategory: FaultCategory;
  readonly severity: ReportSeverity;
  readonly recommendedAction: BilingualText;
  readonly plan: MaintenancePlan;
  readonly hypotheses: readonly Hypothesis[];
  readonly evidence: readonly Evidence[];
  readonly grounding: Grounding;
  readonly source: "llm" | "rules";
  readonly degraded: boolean;
  readonly degradedReason: string | null;
  readonly confidence: number;
  readonly revision: number;
  readonly llmModel: string | null;
  readonly tokensUsed: number;
  readonly latencyMs: number;
  readonly promptHash: string | null;
  readonly modelHash: string | null;
  /** How the diagnosis came about; null: it was written before this was kept. */
  readonly agent: AgentTrace | null;
  readonly createdAt: EpochMs;
}

export type AgentStepKind =
  | "evidence"
  | "rules"
  | "asked"
  | "tool"
  | "refused"
  | "answered"
  | "checked"
  | "repair"
  | "decided"
  | "fallback";

/** One step of a diagnosis in words of the code, never of a language model. */
export interface AgentStep {
  readonly number: number;
  readonly at: EpochMs;
  readonly kind: AgentStepKind;
  readonly text: BilingualText;
  /** Evidence that came with it. */
  readonly evidence: readonly string[];
}

/** Why a person should look at the diagnosis before trusting it. */
export type ReviewReason = "severity_disagreement" | "category_disagreement" | "sentences_struck";

/** What a language model proposes to do: names from lists and nothing else. Policy decides. */
export interface OrderIntent {
  readonly orderType: WorkOrderType;
  readonly priority: Severity;
  /** Ids of the catalogue that it was given. */
  readonly actions: readonly string[];
  readonly citations: readonly string[];
}

/** What a language model found after the report had to leave; stands beside it and changes nothing. */
export interface Addendum {
  readonly at: EpochMs;
  /** Of the report it belongs to. */
  readonly revision: number;
  readonly faultCategory: FaultCategory;
  readonly agrees: boolean;
  readonly diagnosisText: BilingualText;
  /** Its citations: what the report does not hold already. */
  readonly evidence: readonly Evidence[];
  readonly grounding: Grounding;
  readonly llmModel: string;
}

/** The course of a diagnosis. */
export interface AgentTrace {
  readonly steps: readonly AgentStep[];
  readonly review: readonly ReviewReason[];
  readonly toolCalls: number;
  /** Calls of unknown tools, with bad arguments, or beyond the alarm's device and line. */
  readonly toolErrors: number;
  /** null: none was proposed. */
  readonly intent: OrderIntent | null;
  /** Steps of the intended order, by the ids that the model was given. */
  readonly actions: readonly { readonly id: string; readonly text: BilingualText }[];
  readonly addenda: readonly Addendum[];
}

/** How a sign develops in time, for the reader: the rules weigh direction and strength only. */
export type SignPattern = "sudden" | "gradual" | "cyclic" | "erratic";

export const signPatterns: readonly SignPattern[] = ["sudden", "gradual", "cyclic", "erratic"];

/** Sign of a fault as data: how a metric behaves when the fault is there. */
export interface FaultSign {
  readonly metric: MetricName;
  readonly direction: "up" | "down" | "steady" | "noisy" | "stuck";
  readonly pattern?: SignPattern | undefined;
  /** 0–1: how strongly the sign speaks for the fault. */
  readonly strength: number;
}

/** One row of the maintenance knowledge base. */
export interface KnowledgeEntry {
  readonly kbId: string;
  readonly deviceType: string;
  readonly category: FaultCategory;
  /** ISO 14224 style failure mode and mechanism codes. */
  readonly failureMode: string;
  readonly failureMechanism: string;
  /** The part that fails; null: not said. */
  readonly component: BilingualText | null;
  readonly faultPattern: BilingualText;
  readonly symptoms: BilingualText;
  readonly rootCause: BilingualText;
  readonly solution: BilingualText;
  readonly prevention: BilingualText;
  /** How soon to act, and what makes it more urgent; null: not said. */
  readonly urgency: BilingualText | null;
  readonly signs: readonly FaultSign[];
  /** What tells it from its look-alikes. */
  readonly discriminators: readonly BilingualText[];
  /** Ordered, cheapest first. */
  readonly checks: readonly BilingualText[];
  readonly parts: readonly string[];
  /** Hours of work a technician needs for it; null: not known. */
  readonly estimatedHours: number | null;
  readonly source: "MANUAL" | "AI_GENERATED" | "VENDOR";
  readonly reference: string;
  readonly licence: string;
  readonly version: number;
  readonly status: "ACTIVE" | "PROPOSED" | "RETIRED";
  /** The entry to read instead of this one; null: this is the newest word. */
  readonly supersededBy: string | null;
  /** Revision of the shipped text that this row still is; null: a person wrote or edited it. */
  readonly shippedRevision: number | null;
  readonly createdAt: EpochMs;
}
