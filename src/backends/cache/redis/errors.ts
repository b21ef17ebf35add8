import { IaiError } from "../../../kernel/errors.ts";
import type { EpochMs } from "../../../model/basics.ts";

/** Answers of Redis that say "not now": it loads, it is a replica, it is full, a script runs. */
const laterAnswers = /^(LOADING|READONLY|MASTERDOWN|BUSY|OOM|MISCONF|TRYAGAIN|CLUSTERDOWN)\b/;

export interface RedisAway {
  readonly since: EpochMs;
  readonly reason: string;
}

/** No connection: the command was not sent. */
export function failureWhileAway(action: string, away: RedisAway): IaiError {
  const since = new Date(away.since).toISOString();
  const message = `Cannot ${action}: Redis is away since ${since} (${away.reason}); nothing was done`;
  return new IaiError("CACHE_UNREACHABLE", message, { data: { since: away.since } });
}

/** The connection failed, or no answer came in time. */
export function failureOnTheWay(action: string, cause: unknown): IaiError {
  const message = `Cannot ${action}: ${reasonOf(cause)}; whether it was done is not known`;
  return new IaiError("CACHE_UNREACHABLE", message, { cause });
}

/** Redis answered, and its answer was no. */
export function failureOfAnswer(action: string, cause: Error): IaiError {
  const code = laterAnswers.test(cause.message) ? "CACHE_UNREACHABLE" : "CACHE_REFUSED";
  const message = `Cannot ${action}: Redis answered "${cause.message}"; nothing was done`;
  return new IaiError(code, message, { cause });
}

/** null: it was something else. The client has no class for it. */
export function failureOfFullQueue(action: string, cause: unknown): IaiError | null {
  if (!(cause instanceof Error) || cause.message !== "The queue is full") return null;
  const message = `Cannot ${action}: too many commands are under way; nothing was done`;
  return new IaiError("QUEUE_FULL", message, { cause });
}

export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that was tried on several addresses fails with an empty message.
  if (cause.message === "" && "code" in cause) return String(cause.code);
  return cause.message;
}
