import { withDeadline } from "../../../kernel/deadline.ts";
import { asIaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";
import type {
  LanguageModel,
  LanguageModelAnswer,
  ModelMessage,
} from "../../../ports/language-model.ts";
import type { ToolScope } from "../agent/agent-tools.ts";
import { modelTools } from "../agent/prompt.ts";
import { type GrowingLedger, runTool, type ToolOutcome } from "../agent/run-tool.ts";
import type { StepRecorder } from "../agent/step-recorder.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import { answerSchema, askSystem, readAnswer } from "./ask-prompt.ts";

export interface Conversation {
  readonly prompt: string;
  readonly scope: ToolScope;
  readonly ledger: GrowingLedger;
  readonly steps: StepRecorder;
  readonly toolCallsMax: number;
  /** Of the clock's `monotonic`. */
  readonly endsAt: Ms;
  /** What does not hold of an answer, in words for the model; empty: nothing, or nothing worth another turn. */
  readonly problemsOf: (answer: string) => readonly string[];
}

export interface ConversationDeps extends EvidenceDeps {
  readonly languageModel: LanguageModel;
}

export interface Conversed {
  /** Empty: the model says that there is none. null: none came, see `failure`. */
  readonly answer: string | null;
  readonly failure: string | null;
  readonly toolCalls: number;
  readonly toolErrors: number;
  readonly model: string | null;
  readonly tokensUsed: number;
}

type Course = { -readonly [K in keyof Conversed]: Conversed[K] } & {
  readonly messages: ModelMessage[];
  repairs: number;
};

const OUTPUT_TOKENS = 800;
const TEXT_KEPT = 16_000;
const REPAIRS_MAX = 1;
/** A correction needs this long. */
const REPAIR_MS: Ms = 6_000;

/**
 * A bounded loop of reason and act over read tools that writes nothing: at most `toolCallsMax` calls and one
 * correction, never beyond `endsAt`. Never rejects.
 */
export async function converse(
  conversation: Conversation,
  deps: ConversationDeps,
  signal: AbortSignal,
): Promise<Conversed> {
  const course: Course = {
    messages: [{ role: "user", text: conversation.prompt }],
    answer: null,
    failure: null,
    toolCalls: 0,
    toolErrors: 0,
    model: null,
    tokensUsed: 0,
    repairs: 0,
  };
  try {
    // Each round uses up a call, the correction or the end: the bound is only for what nobody thought of.
    for (let turn = 0; turn <= conversation.toolCallsMax + REPAIRS_MAX + 1; turn += 1) {
      conversation.steps.add({ kind: turn === 0 ? "asked" : null });
      if (await takeTurn(course, conversation, deps, signal)) break;
    }
    course.failure ??= course.answer === null ? "AGENT_ANSWER_INVALID" : null;
  } catch (failure) {
    const isLate = signal.aborted || deps.clock.monotonic() >= conversation.endsAt;
    const { code } = asIaiError(failure, "ask the language model");
    // An answer that was there before its correction failed is better than none.
    if (course.answer === null) course.failure = isLate ? "AGENT_TIME_UP" : code;
  }
  const { messages: _, repairs: __, ...conversed } = course;
  return conversed;
}

/** True: that was the last one. */
async function takeTurn(
  course: Course,
  conversation: Conversation,
  deps: ConversationDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { toolCallsMax, endsAt, steps } = conversation;
  const mayAsk = course.toolCalls < toolCallsMax && course.repairs === 0;
  const turn = await ask(course, { mayAsk, endsAt }, deps, signal);
  course.tokensUsed += turn.tokensUsed;
  course.model = turn.model;
  if (turn.toolCalls.length > 0 && mayAsk) {
    await runTools(course, turn, conversation, deps);
    return false;
  }
  const answer = readAnswer(turn.json);
  if (answer !== null) course.answer = answer;
  const problems =
    answer === null
      ? ["the answer has not the form of the schema"]
      : conversation.problemsOf(answer);
  const isLate = deps.clock.monotonic() > endsAt - REPAIR_MS;
  if (problems.length === 0 || course.repairs >= REPAIRS_MAX || isLate) return true;
  course.repairs += 1;
  steps.add({ kind: "repair", count: problems.length });
  course.messages.push(
    // Calls that nobody answers confuse a conversation: only its words go back.
    {
      role: "model",
      text: turn.text.slice(0, TEXT_KEPT),
      reasoning: turn.reasoning,
      toolCalls: [],
    },
    { role: "user", text: JSON.stringify({ answer_again_because: problems.slice(0, 12) }) },
  );
  return false;
}

/** One turn; a model that keeps no deadline is left behind at ours. */
function ask(
  course: Course,
  { mayAsk, endsAt }: { readonly mayAsk: boolean; readonly endsAt: Ms },
  { languageModel, clock }: ConversationDeps,
  signal: AbortSignal,
): Promise<LanguageModelAnswer> {
  const ms = Math.max(1, Math.floor(endsAt - clock.monotonic()));
  const request = {
    system: askSystem,
    messages: [...course.messages],
    tools: mayAsk ? modelTools : [],
    schema: answerSchema,
    maxOutputTokens: OUTPUT_TOKENS,
    // Alarms go first.
    priority: "P3",
    deadlineMs: ms,
  } as const;
  return withDeadline({ clock, ms, signal }, (within) => languageModel.complete(request, within));
}

/** Runs the calls of one turn together; those beyond the bound are answered with an error. */
async function runTools(
  course: Course,
  turn: LanguageModelAnswer,
  { scope, ledger, steps, toolCallsMax }: Conversation,
  deps: ConversationDeps,
): Promise<void> {
  // An answer without end is not run, and not kept either.
  const calls = turn.toolCalls.slice(0, 2 * toolCallsMax);
  const text = turn.text.slice(0, TEXT_KEPT);
  course.messages.push({ role: "model", text, reasoning: turn.reasoning, toolCalls: calls });
  const allowed = toolCallsMax - course.toolCalls;
  const outcomes = await Promise.all(
    calls.map((call, index) =>
      index < allowed ? runTool(call, { scope, deps, ledger }) : noCallLeft,
    ),
  );
  for (const [index, { callId, name }] of calls.entries()) {
    const outcome = outcomes[index] ?? noCallLeft;
    course.toolCalls += 1;
    if (outcome.isError) course.toolErrors += 1;
    steps.add({ kind: outcome.isError ? "refused" : "tool", outcome });
    course.messages.push({
      role: "tool",
      callId,
      name,
      json: outcome.json,
      isError: outcome.isError,
    });
  }
}

const noCallLeft: ToolOutcome = {
  json: { error: "no call is left" },
  isError: true,
  evidence: [],
  tool: null,
  args: {},
};
