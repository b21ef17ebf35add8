import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { asIaiError } from "../../../kernel/errors.ts";
import { hashText } from "../../../kernel/hash.ts";
import type { Ms } from "../../../model/basics.ts";
import type {
  LanguageModel,
  LanguageModelAnswer,
  ModelMessage,
} from "../../../ports/language-model.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import type { RuleAnswer } from "../rule-engine/rule-engine.ts";
import type { ToolScope } from "./agent-tools.ts";
import { type Findings, findingsSchema, readFindings } from "./findings.ts";
import { diagnosisPrompt, diagnosisSystem, modelTools } from "./prompt.ts";
import { type GrowingLedger, growLedger, runTool } from "./run-tool.ts";
import type { StepRecorder } from "./step-recorder.ts";

/** Why no finding of a model came into a report. */
export type NoFindings =
  | "AGENT_TIME_UP"
  | "AGENT_ANSWER_INVALID"
  | "AGENT_UNGROUNDED"
  /** A code of the language model port. */
  | (string & {});

/** What became of an investigation. */
export interface Investigated {
  readonly findings: Findings | null;
  /** null: there are findings. */
  readonly failure: NoFindings | null;
  /** With what the tools brought. */
  readonly ledger: EvidenceLedger;
  readonly toolCalls: number;
  readonly toolErrors: number;
  readonly model: string | null;
  readonly tokensUsed: number;
  readonly promptHash: string;
}

export interface InvestigationDeps extends EvidenceDeps {
  readonly languageModel: LanguageModel;
  readonly toolCallsMax: number;
  readonly clock: Clock;
}

export interface Investigation {
  readonly scope: ToolScope;
  readonly ledger: EvidenceLedger;
  readonly answer: RuleAnswer;
  readonly steps: StepRecorder;
  /** Of the clock's `monotonic`: no turn waits beyond it. */
  readonly endsAt: Ms;
  /** A repair turn is worth asking for only before this. */
  readonly repairUntil: Ms;
  /** What of the texts does not hold, in words; empty: all of it does. */
  readonly check: (findings: Findings, ledger: EvidenceLedger) => readonly string[];
}

/** One turn to answer, one to mend the answer; more would not help. */
const REPAIRS_MAX = 1;
const OUTPUT_TOKENS = 1_000;
const TEXT_KEPT = 16_000;

interface Course {
  readonly messages: ModelMessage[];
  readonly ledger: GrowingLedger;
  toolCalls: number;
  toolErrors: number;
  repairs: number;
  tokensUsed: number;
  model: string | null;
  /** The newest answer that had the right form. */
  findings: Findings | null;
}

/**
 * A bounded loop of reason and act: the model asks read tools for facts, each becomes evidence with its own id, and
 * answers with findings of a fixed form. At most `toolCallsMax` calls and one repair; every call is checked before
 * it runs, every citation after. Never rejects.
 */
export async function investigate(
  investigation: Investigation,
  deps: InvestigationDeps,
  signal: AbortSignal,
): Promise<Investigated> {
  const { scope, answer, ledger } = investigation;
  const prompt = diagnosisPrompt({
    alert: scope.alert,
    severity: scope.alert.alertLevel,
    ledger,
    answer,
    neighbours: scope.devices,
  });
  const course: Course = {
    messages: [{ role: "user", text: prompt }],
    ledger: growLedger(ledger),
    toolCalls: 0,
    toolErrors: 0,
    repairs: 0,
    tokensUsed: 0,
    model: null,
    findings: null,
  };
  const failure = await converse(course, investigation, deps, signal);
  return {
    findings: failure === null ? course.findings : null,
    failure,
    ledger: course.ledger.current(),
    toolCalls: course.toolCalls,
    toolErrors: course.toolErrors,
    model: course.model,
    tokensUsed: course.tokensUsed,
    promptHash: hashText(`${diagnosisSystem}\n${JSON.stringify(course.messages)}`),
  };
}

/** null: `course.findings` is the answer. */
async function converse(
  course: Course,
  investigation: Investigation,
  deps: InvestigationDeps,
  signal: AbortSignal,
): Promise<NoFindings | null> {
  // Each round uses up a call, a repair or the end: the bound is only for what nobody thought of.
  for (let turn = 0; turn <= deps.toolCallsMax + REPAIRS_MAX + 1; turn += 1) {
    const deadlineMs = Math.floor(investigation.endsAt - deps.clock.monotonic());
    if (deadlineMs <= 0 || signal.aborted) return ended(course, "AGENT_TIME_UP");
    const mayAsk = course.toolCalls < deps.toolCallsMax && course.repairs === 0;
    investigation.steps.add({ kind: turn === 0 ? "asked" : null });
    let answer: LanguageModelAnswer;
    try {
      answer = await ask(course, { deps, mayAsk, deadlineMs, signal }, investigation);
    } catch (failure) {
      const late = signal.aborted || deps.clock.monotonic() >= investigation.endsAt;
      const { code } = asIaiError(failure, "ask the language model");
      return ended(course, late ? "AGENT_TIME_UP" : code);
    }
    course.tokensUsed += answer.tokensUsed;
    course.model = answer.model;
    if (answer.toolCalls.length > 0 && mayAsk) {
      await runTools(course, answer, investigation, deps);
      continue;
    }
    const problems = judge(course, answer, investigation);
    if (problems.length === 0) return null;
    const late = deps.clock.monotonic() >= investigation.repairUntil;
    if (course.repairs >= REPAIRS_MAX || late) return ended(course, "AGENT_ANSWER_INVALID");
    course.repairs += 1;
    investigation.steps.add({ kind: "repair", count: problems.length });
    course.messages.push(
      // Calls that nobody answers confuse a conversation: only its words go back.
      { role: "model", text: kept(answer.text), reasoning: answer.reasoning, toolCalls: [] },
      { role: "user", text: JSON.stringify({ answer_again_because: problems.slice(0, 12) }) },
    );
  }
  return ended(course, "AGENT_ANSWER_INVALID");
}

/** What goes back of a model's words: more than an answer can need. */
function kept(text: string): string {
  return text.slice(0, TEXT_KEPT);
}

/** One turn; a model that keeps no deadline is left behind at ours. */
function ask(
  course: Course,
  turn: {
    readonly deps: InvestigationDeps;
    readonly mayAsk: boolean;
    readonly deadlineMs: Ms;
    readonly signal: AbortSignal;
  },
  { scope }: Investigation,
): Promise<LanguageModelAnswer> {
  const { deps, mayAsk, deadlineMs, signal } = turn;
  const request = {
    system: diagnosisSystem,
    messages: [...course.messages],
    tools: mayAsk ? modelTools : [],
    schema: findingsSchema,
    maxOutputTokens: OUTPUT_TOKENS,
    priority: scope.alert.alertLevel,
    deadlineMs,
  };
  return withDeadline({ clock: deps.clock, ms: deadlineMs, signal }, (within) =>
    deps.languageModel.complete(request, within),
  );
}

/** An answer of the right form is kept even where its repair failed: what does not hold is struck from it. */
function ended(course: Course, failure: NoFindings): NoFindings | null {
  return course.findings === null ? failure : null;
}

/** What is wrong with an answer, in words for the model; empty: nothing. */
function judge(
  course: Course,
  answer: LanguageModelAnswer,
  { check, steps }: Investigation,
): readonly string[] {
  const read = readFindings(answer.json, course.ledger.current());
  if (!read.ok) return read.problems;
  course.findings = read.findings;
  steps.add({ kind: "answered", category: read.findings.category });
  return check(read.findings, course.ledger.current());
}

/** Runs the calls of one turn together; those beyond the bound are answered with an error. */
async function runTools(
  course: Course,
  answer: LanguageModelAnswer,
  investigation: Investigation,
  deps: InvestigationDeps,
): Promise<void> {
  const { reasoning } = answer;
  const text = kept(answer.text);
  // An answer without end is not run, and not kept either.
  const calls = answer.toolCalls.slice(0, 2 * deps.toolCallsMax);
  course.messages.push({ role: "model", text, reasoning, toolCalls: calls });
  const allowed = deps.toolCallsMax - course.toolCalls;
  const context = { scope: investigation.scope, deps, ledger: course.ledger };
  const outcomes = await Promise.all(
    calls.map((call, index) =>
      index < allowed
        ? runTool(call, context)
        : { json: { error: "no call is left" }, isError: true, evidence: [], tool: null, args: {} },
    ),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const call = calls[index];
    if (call === undefined) continue;
    course.toolCalls += 1;
    if (outcome.isError) course.toolErrors += 1;
    investigation.steps.add({ kind: outcome.isError ? "refused" : "tool", outcome });
    const { json, isError } = outcome;
    course.messages.push({ role: "tool", callId: call.callId, name: call.name, json, isError });
  }
}
