import { IaiError } from "../../../kernel/errors.ts";

/** Answers that say "not now": time-out, too early, too many. */
const laterStatuses: readonly number[] = [408, 425, 429];

/** What an answer means; null: the receiver has taken the message. Its text is not repeated: it is not ours. */
export function failureOfStatus(name: string, status: number): IaiError | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 500 || laterStatuses.includes(status)) {
    const message = `Cannot deliver to "${name}": it answered ${status}, it did not take the message`;
    return new IaiError("NOTIFY_UNREACHABLE", message, { data: { status } });
  }
  const isRedirect = status >= 300 && status < 400;
  const reason = isRedirect ? `${status}, and redirects are not followed` : String(status);
  const message = `Cannot deliver to "${name}": it answered ${reason}, it did not take the message`;
  return new IaiError("NOTIFY_REFUSED", message, { data: { status } });
}

/** A failure on the way: tried again, unless the address itself was refused. */
export function failureOnTheWay(name: string, cause: unknown): IaiError {
  if (cause instanceof IaiError) return cause;
  const message = `Cannot deliver to "${name}": ${reasonOf(cause)}, whether it was taken is not known`;
  return new IaiError("NOTIFY_UNREACHABLE", message, { cause });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that was tried on several addresses fails with an empty message.
  if (cause.message === "" && "code" in cause) return String(cause.code);
  return cause.message;
}
