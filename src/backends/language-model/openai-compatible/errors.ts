import { type ErrorCode, IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";

/** What a failure means for the next call. */
export interface FailureData extends Record<string, unknown> {
  /** The same call may succeed a moment later. */
  readonly repeat: boolean;
  /** `account`: nobody gets an answer until a person acts or a quota ends; `away`: it may be gone; `none`: it is there. */
  readonly breaker: "account" | "away" | "none";
  /** Word of a small fixed set, for counters. */
  readonly reason: FailureReason;
  readonly retryAfterMs?: Ms;
}

export const failureReasons = [
  "unreachable",
  "time_out",
  "overloaded",
  "denied",
  "request",
  "content",
  "too_long",
  "not_understood",
] as const;
export type FailureReason = (typeof failureReasons)[number];

type Verdict = FailureData & { readonly code: ErrorCode };

const overloaded: Verdict = {
  code: "LLM_UNREACHABLE",
  repeat: true,
  breaker: "none",
  reason: "overloaded",
};
const away: Verdict = {
  code: "LLM_UNREACHABLE",
  repeat: true,
  breaker: "away",
  reason: "unreachable",
};
const denied: Verdict = {
  code: "LLM_DENIED",
  repeat: false,
  breaker: "account",
  reason: "denied",
};
const request: Verdict = { code: "LLM_DENIED", repeat: false, breaker: "none", reason: "request" };
const content: Verdict = {
  code: "LLM_CONTENT_REFUSED",
  repeat: false,
  breaker: "none",
  reason: "content",
};
const tooLong: Verdict = {
  code: "LLM_PROMPT_TOO_LONG",
  repeat: false,
  breaker: "none",
  reason: "too_long",
};
const notUnderstood: Verdict = {
  code: "LLM_ANSWER_INVALID",
  repeat: true,
  breaker: "away",
  reason: "not_understood",
};

/**
 * GLM's own codes. They count more than the HTTP status: an empty balance and a used-up quota come as 429, which
 * says "try again" although nothing but money or time helps.
 */
const glmVerdicts: readonly (readonly [RegExp, Verdict])[] = [
  [/^100[0-4]$/, denied],
  [/^11[12]\d$/, denied], // 1113: arrears
  [/^(1304|1308|1310)$/, denied], // caps of a day or a window
  [/^13(09|11|13)$/, denied], // the plan does not allow it
  [/^(1302|1303|1305|1312)$/, overloaded],
  [/^1234$/, away],
  [/^1261$/, tooLong],
  [/^1301$/, content],
  [/^1300$/, content],
  [/^12(1\d|2\d)$/, request],
];

/** Words of other endpoints: OpenAI, DeepSeek, Qwen, vLLM. */
const otherVerdicts: readonly (readonly [RegExp, Verdict])[] = [
  [/insufficient[_ ](quota|balance)|invalid_api_key|arrearage|billing/i, denied],
  [/context_length_exceeded|maximum context length/i, tooLong],
  [/content_filter|data_inspection_failed|content_policy/i, content],
];

export interface VendorAnswer {
  readonly status: number;
  readonly errorCode: string | null;
  /** The endpoint's own words: told to people, never obeyed. */
  readonly errorText: string;
  readonly retryAfterMs: Ms | null;
}

/** What an answer with an error means. */
export function failureOfAnswer(answer: VendorAnswer): IaiError {
  const { status, errorCode, errorText, retryAfterMs } = answer;
  const { code, ...verdict } = verdictOf(answer);
  const data = retryAfterMs === null ? verdict : { ...verdict, retryAfterMs };
  const vendor = errorCode === null ? `HTTP ${status}` : `HTTP ${status}, code ${errorCode}`;
  const line = errorText.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  const words = line === "" ? "" : `: "${line.slice(0, 200)}"`;
  const message = `Cannot ask the language model: it answered ${vendor}${words}; there is no answer`;
  return new IaiError(code, message, { data: { ...data, status, vendorCode: errorCode } });
}

function verdictOf({ status, errorCode, errorText }: VendorAnswer): Verdict {
  const known =
    glmVerdicts.find(([code]) => errorCode !== null && code.test(errorCode)) ??
    otherVerdicts.find(([words]) => words.test(`${errorCode ?? ""} ${errorText}`));
  if (known !== undefined) return known[1];
  if (status === 401 || status === 402 || status === 403) return denied;
  if (status === 429) return overloaded;
  if (status === 408 || status >= 500) return away;
  if (status === 413) return tooLong;
  // An error inside 200, or a code that nobody documented: there may be a proxy in between.
  return status >= 400 ? request : notUnderstood;
}

/** It stopped in the middle for a reason of its own; null: it did not. */
export function failureOfFinish(finish: string | null): IaiError | null {
  const verdict = { sensitive: content, content_filter: content, network_error: away }[
    finish ?? ""
  ];
  const found = finish === "model_context_window_exceeded" ? tooLong : verdict;
  if (found === undefined) return null;
  const { code, ...data } = found;
  const message = `Cannot use the language model's answer: it ended with "${finish}"`;
  return new IaiError(code, message, { data });
}

/** Something came that is no answer of a language model. */
export function failureOfNonsense(reason: string, cause?: unknown): IaiError {
  const { code, ...data } = notUnderstood;
  const message = `Cannot use the language model's answer: ${reason}`;
  return new IaiError(code, message, { cause, data });
}

/** No whole answer came. */
export function failureOnTheWay(cause: unknown): IaiError {
  if (cause instanceof IaiError) return cause;
  const { code, ...data } = away;
  const message = `Cannot ask the language model: ${reasonOf(cause)}; there is no answer`;
  return new IaiError(code, message, { cause, data });
}

/** The deadline passed, or the caller gave up. */
export function failureOfTime(cause: unknown, lastFailure: IaiError | null): IaiError {
  const before = lastFailure === null ? "" : ` (before that: ${lastFailure.message})`;
  const message = `Cannot ask the language model: ${reasonOf(cause)}, there is no answer${before}`;
  const data: FailureData = { repeat: false, breaker: "away", reason: "time_out" };
  return new IaiError("LLM_UNREACHABLE", message, { cause: lastFailure ?? cause, data });
}

/** A failure's meaning; anything that is not ours may be a mistake of ours and is not repeated. */
export function meaningOf(failure: IaiError): FailureData {
  const { repeat, breaker, reason, retryAfterMs } = failure.data as Partial<FailureData>;
  const known = {
    repeat: repeat ?? false,
    breaker: breaker ?? "none",
    reason: reason ?? "unreachable",
  };
  return retryAfterMs === undefined ? known : { ...known, retryAfterMs };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that was tried on several addresses fails with an empty message.
  if (cause.message === "" && "code" in cause) return String(cause.code);
  return cause.message;
}
