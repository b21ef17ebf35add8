import type { Severity } from "./alarm.ts";
import type { Ms } from "./basics.ts";
import type { FaultCategory, OrderIntent, ReportSeverity } from "./diagnosis.ts";

/**
 * A diagnosis without a word that anybody wrote: names from lists, ids and numbers. All that the decision agent
 * sees, so that text cannot reach what proposes orders.
 */
export interface StructuredDiagnosis {
  readonly alertLevel: Severity;
  readonly severity: ReportSeverity;
  readonly category: FaultCategory;
  readonly confidence: number;
  readonly hypotheses: readonly {
    readonly category: FaultCategory;
    readonly score: number;
    readonly kbIds: readonly string[];
  }[];
  readonly facts: readonly {
    readonly id: string;
    readonly kind: string;
    readonly numbers: Readonly<Record<string, number>>;
  }[];
  /** What may be put on an order: `A1` is a step of the knowledge entry. */
  readonly actions: readonly {
    readonly id: string;
    readonly kbId: string;
    readonly step: number;
  }[];
}

/** Asks for a typed intent; null: none came, or none that holds. Never rejects. */
export type ProposeIntent = (
  diagnosis: StructuredDiagnosis,
  options: { readonly deadlineMs: Ms; readonly signal: AbortSignal },
) => Promise<{ readonly intent: OrderIntent | null; readonly tokensUsed: number }>;
