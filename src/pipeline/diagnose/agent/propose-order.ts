import { withDeadline } from "../../../kernel/deadline.ts";
import type { AgentTrace, BilingualText, OrderIntent } from "../../../model/diagnosis.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { StructuredDiagnosis } from "../../../model/structured-diagnosis.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import type { ReportBody } from "../report-writer.ts";
import type { AskingDeps } from "./ask-in-time.ts";
import type { StepRecorder } from "./step-recorder.ts";

interface Deciding {
  readonly alert: AlertRow;
  readonly body: ReportBody;
  readonly ledger: EvidenceLedger;
  readonly steps: StepRecorder;
}

type Proposed = Pick<AgentTrace, "intent" | "actions"> & { readonly tokensUsed: number };

const ACTIONS_PER_ENTRY = 4;
const ACTIONS_MAX = 16;
const FACTS_MAX = 30;
/** Kept free before the hard stop, for writing the report. */
const STORE_MS = 1_000;

/** Hands the validated diagnosis to the decision agent, as names, ids and numbers; never later than its time. */
export async function proposeOrder(
  deciding: Deciding,
  { deps, signal }: { readonly deps: AskingDeps; readonly signal: AbortSignal },
): Promise<Proposed> {
  const none = { intent: null, actions: [], tokensUsed: 0 };
  const { propose, clock, limits } = deps;
  const left = deps.hardStopAt - STORE_MS - clock.monotonic();
  const ms = Math.floor(Math.min(limits.decisionMs, left));
  if (propose === null || ms <= 0 || deciding.body.faultCategory === "no_fault") return none;
  const catalogue = catalogueOf(deciding);
  const diagnosis = structured(deciding, catalogue);
  try {
    const { intent, tokensUsed } = await withDeadline({ clock, ms, signal }, (within) =>
      propose(diagnosis, { deadlineMs: ms, signal: within }),
    );
    if (intent !== null) deciding.steps.add({ kind: "decided", order: intentText(intent) });
    return { intent, actions: catalogue.map(({ id, text }) => ({ id, text })), tokensUsed };
  } catch {
    // No proposal in time: policy decides by itself.
    return none;
  }
}

interface Action {
  readonly id: string;
  readonly kbId: string;
  readonly step: number;
  readonly text: BilingualText;
}

/** The checks of the entries that the hypotheses rest on, numbered A1, A2, … */
function catalogueOf({ body, ledger }: Deciding): readonly Action[] {
  const kbIds = [...new Set(body.hypotheses.flatMap((item) => item.kbIds))];
  return kbIds
    .flatMap((kbId) => {
      const entry = ledger.knowledge.find((each) => each.kbId === kbId);
      const checks = entry?.checks.slice(0, ACTIONS_PER_ENTRY) ?? [];
      return checks.map((text, index) => ({ kbId, step: index + 1, text }));
    })
    .slice(0, ACTIONS_MAX)
    .map((action, index) => ({ id: `A${index + 1}`, ...action }));
}

function structured({ alert, body }: Deciding, catalogue: readonly Action[]): StructuredDiagnosis {
  return {
    alertLevel: alert.alertLevel,
    severity: body.severity,
    category: body.faultCategory,
    confidence: body.confidence,
    hypotheses: body.hypotheses.map(({ category, score, kbIds }) => ({ category, score, kbIds })),
    facts: body.evidence.slice(0, FACTS_MAX).map(({ id, kind, value }) => ({
      id,
      kind,
      numbers: kind === "contribution" ? {} : numbersOf(value),
    })),
    actions: catalogue.map(({ id, kbId, step }) => ({ id, kbId, step })),
  };
}

/** Names of these numbers are the code's own; where they are the plant's (shares by metric) they are left out. */
function numbersOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const numbers = Object.entries(value).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && !entry[0].endsWith("At"),
  );
  return Object.fromEntries(numbers);
}

function intentText({ orderType, priority, actions }: OrderIntent): BilingualText {
  return {
    zh: `决策代理建议：${orderType}，${priority}，附加措施 ${actions.length} 项；由策略决定`,
    en: `The decision agent proposes ${orderType}, ${priority}, ${actions.length} actions; policy decides`,
  };
}
