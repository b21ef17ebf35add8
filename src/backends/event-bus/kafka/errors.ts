import { IaiError } from "../../../kernel/errors.ts";

/** Answers after which the same record will never be taken. A right that is missing can be given, so it is none. */
const forGood: ReadonlySet<unknown> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
]);

/** The failures inside a failure: the client wraps them in lists and causes. */
function* failuresIn(failure: unknown): Generator<Record<string, unknown>> {
  if (typeof failure !== "object" || failure === null) return;
  const fields = failure as Record<string, unknown>;
  yield fields;
  yield* failuresIn(fields["cause"]);
  if (Array.isArray(fields["errors"]))
    for (const inner of fields["errors"]) yield* failuresIn(inner);
}

/** True: Kafka will never take a record of this request. */
export function isRefusedForGood(failure: unknown): boolean {
  return hasAnswer(failure, forGood);
}

/** True: the offset asked for is not there, deleted or never written. */
export function isOutOfRange(failure: unknown): boolean {
  return hasAnswer(failure, new Set(["OFFSET_OUT_OF_RANGE"]));
}

/** True: somebody else has made the topic meanwhile. */
export function isThereAlready(failure: unknown): boolean {
  return hasAnswer(failure, new Set(["TOPIC_ALREADY_EXISTS"]));
}

/** True: Kafka has answered, and will answer the same again: a right is missing, or its policy forbids it. */
export function isRefusal(failure: unknown): boolean {
  for (const { apiId, canRetry } of failuresIn(failure))
    if (typeof apiId === "string" && canRetry === false) return true;
  return false;
}

/** True: only a member of the group, in its present division, may say that. */
export function isForMembers(failure: unknown): boolean {
  return hasAnswer(failure, notAMember);
}

const notAMember: ReadonlySet<unknown> = new Set([
  "UNKNOWN_MEMBER_ID",
  "ILLEGAL_GENERATION",
  "REBALANCE_IN_PROGRESS",
]);

function hasAnswer(failure: unknown, answers: ReadonlySet<unknown>): boolean {
  for (const { apiId } of failuresIn(failure)) if (answers.has(apiId)) return true;
  return false;
}

/** The innermost reason of the last attempt: what a person can act on. */
export function reasonOf(failure: unknown): string {
  let reason = failure instanceof Error ? failure.message : String(failure);
  let deepest: unknown = failure;
  for (;;) {
    const { cause, errors } = (deepest ?? {}) as { cause?: unknown; errors?: unknown };
    const inner: unknown = Array.isArray(errors) && errors.length > 0 ? errors.at(-1) : cause;
    if (!(inner instanceof Error)) return reason;
    // A connection that was tried on several addresses fails with an empty message.
    if (inner.message !== "") reason = inner.message;
    deepest = inner;
  }
}

/** Kafka does not answer, or says "not now". */
export function unreachable(action: string, cause: unknown, done: string): IaiError {
  return new IaiError("BUS_UNREACHABLE", `Cannot ${action}: ${reasonOf(cause)}; ${done}`, {
    cause,
  });
}
