import { hashText } from "../../../kernel/hash.ts";
import type {
  BilingualText,
  Evidence,
  FaultCategory,
  Grounding,
  ReviewReason,
} from "../../../model/diagnosis.ts";
import { checkReport } from "../checker/check-report.ts";
import type { CheckContext } from "../checker/check-text.ts";
import type { DiagnosedBody, Prepared } from "../diagnose-alert.ts";
import { type EvidenceLedger, withKnowledge } from "../evidence-ledger.ts";
import type { PlantTime } from "../number-format.ts";
import { writeReport } from "../report-writer.ts";
import type { AskingDeps } from "./ask-in-time.ts";
import { type Combined, combine } from "./combine.ts";
import type { Findings } from "./findings.ts";
import type { Investigated } from "./investigate.ts";
import { proposeOrder } from "./propose-order.ts";

const noText: BilingualText = { zh: "", en: "" };

/** What of a model's texts does not hold against the ledger, in words; empty: all of it does. */
export function problemsOf(
  prepared: Prepared,
  findings: Findings,
  { ledger, time }: { readonly ledger: EvidenceLedger; readonly time: PlantTime },
): readonly string[] {
  const { grounding } = checkReport(
    textsOf(findings),
    modelContext(prepared, withCited(ledger, findings), time),
  );
  return grounding.violations.map(({ text, reason }) => `"${text.slice(0, 200)}": ${reason}`);
}

function textsOf({ diagnosisText, recommendedAction }: Findings) {
  return { diagnosisText, recommendedAction, decisionText: noText };
}

function withCited(ledger: EvidenceLedger, findings: Findings): EvidenceLedger {
  return withKnowledge(
    ledger,
    findings.hypotheses.flatMap(({ kbIds }) => kbIds),
  );
}

function modelContext({ alert }: Prepared, ledger: EvidenceLedger, time: PlantTime): CheckContext {
  return {
    evidence: ledger.evidence,
    // A quotation would carry numbers past the check: a model may name the alarm and its machine, and no more.
    quotable: [alert.deviceId, alert.traceId],
    time,
    isForeign: true,
  };
}

interface Concluded {
  readonly combined: Combined;
  readonly ledger: EvidenceLedger;
  readonly category: FaultCategory;
  readonly diagnosisText: BilingualText;
  readonly recommendedAction: BilingualText;
  readonly grounding: Grounding;
  readonly evidence: readonly Evidence[];
}

/** The model's texts without what does not hold, and the answer combined; null: nothing was left of them. */
export function concludeTexts(
  prepared: Prepared,
  investigated: Investigated,
  { time }: { readonly time: PlantTime },
): Concluded | null {
  const { findings } = investigated;
  if (findings === null) return null;
  const { alert, answer, body } = prepared;
  const ledger = withCited(investigated.ledger, findings);
  const combined = combine(answer, findings, { ledger, alert, severity: body.severity });
  const checked = checkReport(textsOf(findings), modelContext(prepared, ledger, time));
  const { diagnosisText, recommendedAction, grounding } = checked;
  if (diagnosisText.zh === "" || diagnosisText.en === "") return null;
  return {
    combined,
    ledger,
    category: combined.answer.category,
    diagnosisText,
    recommendedAction,
    grounding,
    evidence: ledger.evidence,
  };
}

/** The report as rules and model make it together, with what the decision agent proposes. */
export async function conclude(
  prepared: Prepared,
  investigated: Investigated,
  { deps, signal }: { readonly deps: AskingDeps; readonly signal: AbortSignal },
): Promise<DiagnosedBody> {
  const { alert, steps } = prepared;
  const { toolCalls, toolErrors, model, promptHash } = investigated;
  const concluded = concludeTexts(prepared, investigated, deps);
  const trace = { llmModel: model, promptHash, modelHash: model === null ? null : hashText(model) };
  const noOrder = { intent: null, actions: [], tokensUsed: 0 };
  const agent = (
    given: typeof noOrder | Awaited<ReturnType<typeof proposeOrder>>,
    review: readonly ReviewReason[],
  ) => ({
    steps: steps.all(),
    review,
    toolCalls,
    toolErrors,
    intent: given.intent,
    actions: given.actions,
    addenda: [],
  });
  if (concluded === null) {
    const degradedReason = "AGENT_UNGROUNDED";
    steps.add({ kind: "fallback", reason: degradedReason });
    return {
      ...prepared.body,
      ...trace,
      tokensUsed: investigated.tokensUsed,
      degraded: true,
      degradedReason,
      agent: agent(noOrder, ["sentences_struck"]),
    };
  }
  const { combined, ledger, grounding } = concluded;
  steps.add({
    kind: "checked",
    numbers: grounding.checkedNumbers,
    struck: grounding.violations.length,
  });
  const ruled = writeReport({ alert, ledger, answer: combined.answer }, deps.time);
  const whole = concluded.recommendedAction;
  const body = {
    ...ruled,
    diagnosisText: concluded.diagnosisText,
    recommendedAction: whole.zh === "" || whole.en === "" ? ruled.recommendedAction : whole,
    severity: combined.severity,
    grounding: {
      checkedNumbers: grounding.checkedNumbers + ruled.grounding.checkedNumbers,
      violations: [...grounding.violations, ...ruled.grounding.violations],
    },
    source: "llm",
  } as const;
  const proposed = await proposeOrder({ alert, body, ledger, steps }, { deps, signal });
  const review: readonly ReviewReason[] =
    grounding.violations.length > 0 ? [...combined.review, "sentences_struck"] : combined.review;
  return {
    ...body,
    ...trace,
    tokensUsed: investigated.tokensUsed + proposed.tokensUsed,
    agent: agent(proposed, review),
  };
}
