import type { DeviceId, Ms } from "../../../model/basics.ts";
import type { AgentStep, Evidence, Grounding } from "../../../model/diagnosis.ts";
import type { Answer, QuestionLanguage } from "../../../model/question.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { LanguageModel } from "../../../ports/language-model.ts";
import { growLedger } from "../agent/run-tool.ts";
import { recordSteps } from "../agent/step-recorder.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import { createPlantTime } from "../number-format.ts";
import type { CauseWeights } from "../rule-engine/cause-weights.ts";
import { askPrompt, QUESTION_MAX } from "./ask-prompt.ts";
import { type AskSharesConfig, createAskShares } from "./ask-shares.ts";
import {
  languageOfQuestion,
  nothingHeld,
  refusal,
  speaksOfSecrets,
  withoutModel,
} from "./ask-words.ts";
import { type Conversed, converse } from "./converse.ts";
import { type JudgedAnswer, judgeAnswer } from "./judge-answer.ts";
import { type Subject, type SubjectDeps, subjectOf } from "./subject.ts";

export interface Question {
  readonly text: string;
  /** null: that of the question. */
  readonly language: QuestionLanguage | null;
  readonly deviceId: DeviceId;
  /** null: it is about the device. */
  readonly alert: AlertRow | null;
  /** The device's line as far as the asker may see it; tools read these and no other device. */
  readonly devices: readonly DeviceId[];
  /** Whose share it counts to. */
  readonly personId: string;
  /** Told of each step while it runs; must not throw. */
  readonly onStep?: (step: AgentStep) => void;
}

export interface AskConfig extends AskSharesConfig {
  readonly deadlineMs: Ms;
  readonly toolCallsMax: number;
  readonly timeZone: string;
}

export const defaultAskConfig: AskConfig = {
  perMinute: 6,
  atOneTime: 8,
  deadlineMs: 28_000,
  toolCallsMax: 8,
  timeZone: "UTC",
};

export interface AskDeps extends EvidenceDeps {
  readonly languageModel: LanguageModel;
  readonly causeWeights?: (deviceType: string) => CauseWeights;
}

/**
 * Answers questions from the plant's data.
 * - Within `deadlineMs`, whatever a language model does; where it gives nothing the facts and the rules answer.
 * - Reads only, and only of `devices`. Nothing is written and nothing is kept.
 * - Every sentence of a model is held against the evidence; what does not hold is struck and shown struck. An answer
 *   that cites nothing of the plant is a refusal, whatever the model thinks of it.
 * - Rejects with RATE_LIMITED or QUEUE_FULL before anything is asked, and when `signal` aborts.
 */
export interface AskIai {
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
}

export function createAskIai(deps: AskDeps, config: AskConfig = defaultAskConfig): AskIai {
  const shares = createAskShares(deps.clock, config);
  const subjectDeps = { ...deps, time: createPlantTime(config.timeZone) };
  return {
    ask: async (question, signal) => {
      const giveBack = shares.take(question.personId);
      try {
        return await answerQuestion(question, { deps: subjectDeps, config, signal });
      } finally {
        giveBack();
      }
    },
  };
}

interface Answering {
  readonly deps: AskDeps & SubjectDeps;
  readonly config: AskConfig;
  readonly signal: AbortSignal;
}

/** What every answer to this question has in common. */
interface Frame {
  readonly language: QuestionLanguage;
  readonly base: Pick<Answer, "deviceId" | "traceId" | "language">;
  readonly rest: () => Pick<Answer, "steps" | "latencyMs">;
}

async function answerQuestion(question: Question, answering: Answering): Promise<Answer> {
  const { deps, config, signal } = answering;
  const begunAt = deps.clock.monotonic();
  const steps = recordSteps(deps.clock, question.onStep ?? (() => undefined));
  const language = question.language ?? languageOfQuestion(question.text);
  const frame: Frame = {
    language,
    base: { deviceId: question.deviceId, traceId: question.alert?.traceId ?? null, language },
    rest: () => ({
      steps: steps.all(),
      latencyMs: Math.round(deps.clock.monotonic() - begunAt),
    }),
  };
  // A model is not even asked for what it must never tell.
  if (speaksOfSecrets(question.text.slice(0, QUESTION_MAX))) return refused(frame, noModel);
  const subject = await subjectOf(question, { deps, steps, signal });
  signal.throwIfAborted();
  if (!deps.languageModel.capabilities.available) {
    return factsOnly(frame, subject, { ...noModel, failure: "LLM_NONE" });
  }
  const ledger = growLedger(subject.ledger);
  const judge = (text: string): JudgedAnswer =>
    judgeAnswer(text, {
      evidence: ledger.current().evidence,
      // A quotation would carry numbers past the check: the alarm and its machine may be named, and no more.
      quotable: [question.deviceId, ...(question.alert === null ? [] : [question.alert.traceId])],
      time: deps.time,
      isForeign: true,
    });
  const conversed = await converse(
    {
      prompt: askPrompt({
        question: question.text,
        language,
        deviceId: question.deviceId,
        condition: question.alert?.alertType ?? null,
        devices: question.devices,
        ledger: subject.ledger,
      }),
      scope: subject.scope,
      ledger,
      steps,
      toolCallsMax: config.toolCallsMax,
      endsAt: begunAt + config.deadlineMs,
      problemsOf: (text) => problemsOf(judge(text)),
    },
    deps,
    signal,
  );
  signal.throwIfAborted();
  if (conversed.answer === null) return factsOnly(frame, subject, conversed);
  const judged = judge(conversed.answer);
  if (!judged.isAboutPlant) return refused(frame, conversed);
  const { checkedNumbers: numbers, violations } = judged.grounding;
  steps.add({ kind: "checked", numbers, struck: violations.length });
  return told(frame, judged, conversed);
}

/** An answer that is none for the plant's data gets no second turn. */
function problemsOf({ isAboutPlant, grounding }: JudgedAnswer): readonly string[] {
  if (!isAboutPlant) return [];
  return grounding.violations.map(({ text, reason }) => `"${text.slice(0, 200)}": ${reason}`);
}

const noModel: Conversed = {
  answer: null,
  failure: null,
  toolCalls: 0,
  toolErrors: 0,
  model: null,
  tokensUsed: 0,
};
const nothingChecked: Grounding = { checkedNumbers: 0, violations: [] };

function costOf({ toolCalls, toolErrors, model, tokensUsed }: Conversed) {
  return { toolCalls, toolErrors, model, tokensUsed };
}

function told({ base, language, rest }: Frame, judged: JudgedAnswer, conversed: Conversed): Answer {
  const { text, sentences, grounding, cited } = judged;
  const held = text !== "";
  return {
    ...base,
    outcome: held ? "answered" : "unproven",
    reason: held ? null : "AGENT_UNGROUNDED",
    text: held ? text : nothingHeld[language],
    sentences,
    evidence: cited,
    grounding,
    ...costOf(conversed),
    ...rest(),
  };
}

function refused({ base, language, rest }: Frame, conversed: Conversed): Answer {
  return {
    ...base,
    outcome: "refused",
    reason: null,
    text: refusal[language],
    sentences: [],
    evidence: [],
    grounding: nothingChecked,
    ...costOf(conversed),
    ...rest(),
  };
}

function factsOnly({ base, language, rest }: Frame, subject: Subject, asked: Conversed): Answer {
  const reason = asked.failure ?? "AGENT_ANSWER_INVALID";
  const { conclusion, grounding } = subject;
  const facts =
    conclusion === null ? factText(subject.ledger.evidence, language) : conclusion[language];
  return {
    ...base,
    outcome: "facts",
    reason,
    text: `${withoutModel(reason)[language]}\n${facts}`,
    sentences: [],
    evidence: subject.ledger.evidence,
    grounding,
    ...costOf(asked),
    ...rest(),
  };
}

/** Facts as the code words them, each with its number. */
function factText(evidence: readonly Evidence[], language: QuestionLanguage): string {
  const stop = language === "zh" ? "。" : ".";
  return evidence
    .filter(({ text }) => text[language] !== "")
    .map(({ id, text }) => `${text[language]} [${id}]${stop}`)
    .join(language === "zh" ? "" : " ");
}
