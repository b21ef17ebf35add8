import { withDeadline } from "../../../kernel/deadline.ts";
import type { BilingualText, Grounding } from "../../../model/diagnosis.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { ToolScope } from "../agent/agent-tools.ts";
import { type GrowingLedger, growLedger, runTool } from "../agent/run-tool.ts";
import type { StepRecorder } from "../agent/step-recorder.ts";
import { statusDraft } from "../agent/tool-evidence.ts";
import { prepare } from "../diagnose-alert.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import type { PlantTime } from "../number-format.ts";
import type { CauseWeights } from "../rule-engine/cause-weights.ts";
import { createQueryDeviceStatus } from "../tools/query-device-status.ts";
import type { Question } from "./ask-iai.ts";
import { endOf, newestDrafts } from "./device-facts.ts";

export interface SubjectDeps extends EvidenceDeps {
  readonly time: PlantTime;
  readonly causeWeights?: (deviceType: string) => CauseWeights;
}

/** What a question is about, with what is known of it before a model is asked. */
export interface Subject {
  readonly ledger: EvidenceLedger;
  /** What tools may read. */
  readonly scope: ToolScope;
  /** What the rules conclude about an alarm; null: there is none. */
  readonly conclusion: BilingualText | null;
  readonly grounding: Grounding;
}

interface Looking {
  readonly deps: SubjectDeps;
  readonly steps: StepRecorder;
  readonly signal: AbortSignal;
}

/** Facts about an alarm as its diagnosis sees them, or about a device as it stands now. */
export function subjectOf(question: Question, looking: Looking): Promise<Subject> {
  return question.alert === null
    ? deviceSubject(question, looking)
    : alertSubject(question, question.alert, looking);
}

async function alertSubject(
  { devices }: Question,
  alert: AlertRow,
  { deps, steps }: Looking,
): Promise<Subject> {
  const { ledger, body, sources } = await prepare(alert, deps, steps);
  const device = sources.status.ok ? sources.status.value.device : null;
  return {
    ledger,
    scope: { alert, until: sources.until, deviceType: device?.deviceType ?? "", devices },
    conclusion: body.diagnosisText,
    grounding: body.grounding,
  };
}

const nothing: EvidenceLedger = { evidence: [], facts: [], knowledge: [], missing: [] };
/** What is looked up about every device before a model is asked. */
const lookUps = ["fetch_telemetry_data", "get_alert_history", "get_work_orders"] as const;

async function deviceSubject(
  { deviceId, devices }: Question,
  { deps, steps, signal }: Looking,
): Promise<Subject> {
  const ledger = growLedger(nothing);
  const within = { clock: deps.clock, ms: deps.timeoutMs, signal };
  const status = await withDeadline(within, () =>
    createQueryDeviceStatus(deps)({ deviceId }),
  ).catch(() => null);
  let missing = status === null ? 1 : 0;
  if (status !== null) {
    ledger.add([statusDraft(deviceId, status), ...newestDrafts(deviceId, status)]);
  }
  const scope: ToolScope = {
    alert: { deviceId, alertType: "", alertLevel: "P3" },
    isAlarm: false,
    until: endOf(status?.view ?? null, deps.clock.now()),
    deviceType: status?.device?.deviceType ?? "",
    devices,
  };
  const found = await Promise.all(
    lookUps.map((name) =>
      withDeadline(within, () => lookUp(name, { scope, deps })).catch(() => null),
    ),
  );
  // Added in one order, so that equal data give equal numbers.
  for (const drafts of found) {
    if (drafts === null) missing += 1;
    else ledger.add(drafts);
  }
  const current = ledger.current();
  steps.add({ kind: "evidence", evidence: current.evidence.map(({ id }) => id), missing });
  return {
    ledger: current,
    scope,
    conclusion: null,
    grounding: { checkedNumbers: 0, violations: [] },
  };
}

/** null: it did not answer. */
async function lookUp(
  name: string,
  { scope, deps }: { readonly scope: ToolScope; readonly deps: SubjectDeps },
) {
  const own: GrowingLedger = growLedger(nothing);
  const outcome = await runTool({ callId: name, name, input: {} }, { scope, deps, ledger: own });
  return outcome.isError ? null : outcome.evidence.map(({ id: _, ...draft }) => draft);
}
