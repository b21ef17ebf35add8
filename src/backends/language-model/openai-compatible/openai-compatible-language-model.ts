import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { Ms } from "../../../model/basics.ts";
import type {
  LanguageModel,
  LanguageModelAnswer,
  LanguageModelRequest,
} from "../../../ports/language-model.ts";
import { createAdmission, type Place } from "./admission.ts";
import { type BreakerState, createBreaker, type Outcome } from "./breaker.ts";
import { createBudget, type Tokens } from "./budget.ts";
import { instructionsOf } from "./codec.ts";
import type { OpenAiCompatibleConfig } from "./config.ts";
import { createCounters, type ModelCounters } from "./counters.ts";
import { failureOfTime, meaningOf } from "./errors.ts";
import { jsonInText } from "./json-text.ts";
import { createRedact, type Redact } from "./redaction.ts";
import { type AskOnce, openAskOnce, type RawAnswer } from "./sdk-client.ts";
import { createHttpTransport, type Transport } from "./transport.ts";

export interface OpenAiCompatibleDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  /** What of IAI itself must not leave in a prompt; asked at each call. */
  readonly sensitive: () => Promise<{
    readonly secrets: readonly string[];
    readonly userNames: readonly string[];
  }>;
  /** HTTP unless given. */
  readonly transport?: Transport;
}

/** A language model, its limits, which may change while it is asked, and how it stands. */
export interface OpenAiCompatibleLanguageModel extends LanguageModel {
  /** From now on; calls under way end as they began, and what is spent stays spent. */
  reconfigure(config: OpenAiCompatibleConfig): Promise<void>;
  state(): ModelState;
}

export interface ModelState extends ModelCounters {
  readonly breaker: BreakerState;
  /** Why it is left alone, since when; null: it is not. */
  readonly away: { readonly since: number; readonly reason: string } | null;
  readonly running: number;
  readonly waiting: number;
  readonly used: ReturnType<ReturnType<typeof createBudget>["used"]>;
}

/** First wait and longest wait between two tries: short, because the deadline is. */
const backoff = { baseMs: 400, maxMs: 4_000, attempts: null };
/** A try that has less time than this would only cost tokens. */
const usefulMs: Ms = 500;
/** Silence during less time than this says nothing about the endpoint. */
const fairMs: Ms = 2_000;

/** What is in force: replaced as a whole, so that a call sees one configuration. */
interface InForce {
  readonly config: OpenAiCompatibleConfig;
  readonly key: string | null;
  readonly ask: AskOnce;
}

/** A model behind an OpenAI-compatible address; see README.md for what is promised. */
export async function openOpenAiCompatibleLanguageModel(
  first: OpenAiCompatibleConfig,
  deps: OpenAiCompatibleDeps,
): Promise<OpenAiCompatibleLanguageModel> {
  const { clock, log, random } = deps;
  const transport = deps.transport ?? createHttpTransport();
  const use = async (config: OpenAiCompatibleConfig): Promise<InForce> => {
    const { apiKey, apiKeyFile } = config;
    const key = apiKeyFile === null ? apiKey : await readSecretFile(apiKeyFile, log);
    return { config, key, ask: await openAskOnce(config, { key, transport }) };
  };
  let inForce = await use(first);
  const breaker = createBreaker(clock, () => inForce.config.breaker);
  const budget = createBudget(clock, () => inForce.config.budget);
  const admission = createAdmission({ clock, budget, breaker, limits: () => inForce.config });
  const counters = createCounters();
  const closing = new AbortController();
  const work = { clock, log, random, breaker, admission, counters };

  return {
    capabilities: {
      available: true,
      get model() {
        return inForce.config.model;
      },
    },
    complete: async (request, signal) => {
      const caller = AbortSignal.any([signal, closing.signal]);
      const { config, key, ask } = inForce;
      const untilMs = clock.monotonic() + request.deadlineMs;
      const call: Call = { request, ask, config, untilMs, caller, last: null };
      const limits = { clock, ms: request.deadlineMs, signal: caller };
      try {
        const answer = await withDeadline(limits, async (limited) => {
          const redact = await redactOf({ ...config.redact, key }, deps);
          return await untilAnswered(call, { ...work, redact, signal: limited });
        });
        return counters.answered(answer);
      } catch (failure) {
        throw counters.failed(asFailure(failure, call, clock.monotonic()));
      }
    },
    reconfigure: async (config) => {
      const before = inForce.config;
      inForce = await use(config);
      if (isOtherEndpoint(before, config)) breaker.forget();
      admission.refresh();
    },
    state: () => ({
      ...counters.read(),
      ...admission.counts(),
      breaker: breaker.state(),
      away: breaker.openSince(),
      used: budget.used(),
    }),
    close: async () => {
      closing.abort(stopping());
      transport.close();
    },
  };
}

interface Call {
  readonly request: LanguageModelRequest;
  readonly ask: AskOnce;
  readonly config: OpenAiCompatibleConfig;
  readonly untilMs: Ms;
  /** Aborted by the caller or by closing, never by the deadline. */
  readonly caller: AbortSignal;
  /** What the last try met, for the message when the time is up. */
  last: IaiError | null;
}

interface Work extends Pick<OpenAiCompatibleDeps, "clock" | "log" | "random"> {
  readonly breaker: ReturnType<typeof createBreaker>;
  readonly admission: ReturnType<typeof createAdmission>;
  readonly counters: ReturnType<typeof createCounters>;
  readonly redact: Redact;
  readonly signal: AbortSignal;
}

/** Time that is up and a caller who gives up come as anything; what else comes is a mistake of ours. */
function asFailure(failure: unknown, { untilMs, caller, last }: Call, now: Ms): IaiError {
  if (failure instanceof IaiError) return failure;
  if (now >= untilMs || caller.aborted) return failureOfTime(failure, last);
  return asIaiError(failure, "ask the language model");
}

/** Tries until there is an answer, no sense in another try, or no time for one. */
async function untilAnswered(call: Call, work: Work): Promise<LanguageModelAnswer> {
  const { clock, counters, log } = work;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return answerOf(await tryOnce(call, work));
    } catch (cause) {
      const failure = asIaiError(cause, "ask the language model");
      const { repeat, reason, retryAfterMs = 0 } = meaningOf(failure);
      // An answer that nobody understands twice will not get better, and each costs tokens.
      const most =
        reason === "not_understood" ? Math.min(2, call.config.attempts) : call.config.attempts;
      const waitMs = Math.max(retryAfterMs, backoffMs(backoff, attempt, work.random()));
      const tooLate = clock.monotonic() + waitMs + usefulMs > call.untilMs;
      if (!repeat || attempt >= most || tooLate || work.signal.aborted) throw failure;
      call.last = failure;
      counters.repeated();
      log.warn("language_model.repeated", { attempt, waitMs, reason, error: failure.message });
      await clock.sleep(waitMs, work.signal);
      work.signal.throwIfAborted();
    }
  }
}

async function tryOnce(call: Call, work: Work): Promise<RawAnswer & { readonly spent: Tokens }> {
  const { clock, admission, breaker, counters, redact, signal } = work;
  const tokens = estimateOf(call.request);
  const { priority } = call.request;
  const place = await admission.enter({ priority, tokens, untilMs: call.untilMs }, signal);
  const report = breaker.begin();
  const startedAt = clock.monotonic();
  counters.called();
  try {
    const answer = await call.ask(call.request, redact, signal);
    const spent = answer.tokens ?? { ...tokens, output: tokensIn(answer.text) };
    place.settle(spent);
    counters.spent(spent, answer.repairs);
    report("good", "");
    return { ...answer, spent };
  } catch (cause) {
    const failure = withoutSecrets(asIaiError(cause, "ask the language model"), redact);
    report(
      outcomeOf(failure, { call, signal, askedMs: clock.monotonic() - startedAt }),
      failure.message,
    );
    settleFailure(place, failure);
    throw failure;
  } finally {
    place.leave();
  }
}

function outcomeOf(
  failure: IaiError,
  { call, signal, askedMs }: { call: Call; signal: AbortSignal; askedMs: Ms },
): Outcome {
  if (call.caller.aborted) return "none";
  if (signal.aborted) return askedMs >= fairMs ? "away" : "none";
  return meaningOf(failure).breaker;
}

/** Some endpoints say in their error which key they did not like, or a part of the prompt. */
function withoutSecrets(failure: IaiError, redact: Redact): IaiError {
  const { code, message, cause, data } = failure;
  return new IaiError(code, redact(message), { cause, data: { ...data } });
}

/** What the endpoint refused costs nothing; where no answer came, it may have worked for us all the same. */
function settleFailure(place: Place, failure: IaiError): void {
  if (failure.data["status"] !== undefined) place.settle({ input: 0, output: 0 });
}

function answerOf(answer: RawAnswer & { readonly spent: Tokens }): LanguageModelAnswer {
  const { text, reasoning, toolCalls, model, spent } = answer;
  return {
    text,
    reasoning,
    json: toolCalls.length > 0 ? undefined : jsonInText(text),
    toolCalls,
    model,
    tokensUsed: spent.input + spent.output,
  };
}

/** The most a call may take, as far as it can be known before. */
function estimateOf(request: LanguageModelRequest): Tokens {
  const texts = [instructionsOf(request), JSON.stringify([request.messages, request.tools])];
  const input = texts.reduce((sum, text) => sum + tokensIn(text), 0);
  return { input, output: request.maxOutputTokens };
}

/** On the safe side: Chinese takes at most a token a character, Latin text about a quarter of one. */
function tokensIn(text: string): number {
  const wide = text.match(/[^\p{ASCII}\p{Script=Latin}]/gu)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 3);
}

async function redactOf(
  { key, words, patterns, emails, userNames: hidesNames }: Redacted,
  { sensitive }: OpenAiCompatibleDeps,
): Promise<Redact> {
  const { secrets, userNames } = await sensitive();
  return createRedact({
    secrets: key === null ? secrets : [...secrets, key],
    words,
    patterns,
    emails,
    userNames: hidesNames ? userNames : [],
  });
}

type Redacted = OpenAiCompatibleConfig["redact"] & Pick<InForce, "key">;

function isOtherEndpoint(a: OpenAiCompatibleConfig, b: OpenAiCompatibleConfig): boolean {
  return (["baseUrl", "model", "apiKey", "apiKeyFile"] as const).some((key) => a[key] !== b[key]);
}

function stopping(): IaiError {
  const message = "Cannot ask the language model: IAI is stopping, there is no answer";
  return new IaiError("SHUTTING_DOWN", message);
}
