import { IaiError } from "../../../kernel/errors.ts";

/** No answer came, or one that says "not now". */
export function failureOnTheWay(action: string, cause: unknown): IaiError {
  const message = `Cannot ${action}: Nacos does not answer (${reasonOf(cause)}); what is in force stays`;
  return new IaiError("CONFIG_UNREACHABLE", message, { cause });
}

/** The answer was no. Its text is not repeated: it may hold what was sent. */
export function failureOfStatus(action: string, status: number): IaiError {
  if (status >= 500 || status === 408 || status === 429)
    return failureOnTheWay(action, new Error(`it answered ${status}`));
  const reason =
    status === 401 || status === 403
      ? `Nacos refuses the user, the password or what the user may do (${status})`
      : `Nacos answered ${status}`;
  const message = `Cannot ${action}: ${reason}; what is in force stays`;
  return new IaiError("CONFIG_UNREADABLE", message, { data: { status } });
}

export function failureOfAnswer(action: string, reason: string): IaiError {
  const message = `Cannot ${action}: the answer of Nacos ${reason}; what is in force stays`;
  return new IaiError("CONFIG_UNREADABLE", message);
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that was tried on several addresses fails with an empty message.
  if (cause.message === "" && "code" in cause) return String(cause.code);
  return cause.message;
}
