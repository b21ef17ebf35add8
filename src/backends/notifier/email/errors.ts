import { IaiError } from "../../../kernel/errors.ts";

/** The part of a mail library's failure that says what became of the message. */
interface SmtpFailure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly permanent?: unknown;
}

/** SMTP failure -> ours. A refused log-in is tried again: the message is not at fault, and a person can mend it. */
export function failureOfSend(name: string, cause: unknown): IaiError {
  const { code, responseCode, permanent }: SmtpFailure =
    typeof cause === "object" && cause !== null ? cause : {};
  const isRefused = permanent === true && code !== "EAUTH" && code !== "ETLS";
  const reason = typeof responseCode === "number" ? `it answered ${responseCode}` : textOf(cause);
  const outcome = isRefused ? "it did not take the message" : "whether it was taken is not known";
  const message = `Cannot deliver to "${name}": ${reason}, ${outcome}`;
  return new IaiError(isRefused ? "NOTIFY_REFUSED" : "NOTIFY_UNREACHABLE", message, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
