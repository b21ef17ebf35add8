import { asIaiError, IaiError } from "../../../kernel/errors.ts";

/** Points that the server will never take, and its words about them. */
export interface Refusal {
  readonly reason: string;
  /** How many of the request were not stored; null: it did not say. */
  readonly dropped: number | null;
}

/** Kept by the server's design, not by ours: limits that an administrator can raise. */
const capacity = /limit exceeded|max-values-per-tag|max-series-per-database/;
const diskFull = /no space left|read-only file system|disk quota exceeded/i;

/** Failures before there was a connection. */
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);

/** What a write that was not stored as a whole means; throws what concerns the server and not the points. */
export function refusalOf(status: number, body: string): Refusal {
  const words = wordsOf(body);
  const isAboutPoints = status === 400 || status === 413 || status === 422;
  if (!isAboutPoints || capacity.test(words)) throw failureOfStatus(status, words, "write");
  const dropped = /dropped=(\d+)$/.exec(words)?.[1];
  return { reason: words, dropped: dropped === undefined ? null : Number(dropped) };
}

/** An answer that is not 2xx and not about single points. */
export function failureOfStatus(status: number, words: string, action: string): IaiError {
  const message = (reason: string): string => `Cannot ${action} in InfluxDB: ${reason}`;
  const data = { status };
  if (status === 401 || status === 403) {
    return new IaiError("TELEMETRY_DENIED", message(`it refuses the user (${words})`), { data });
  }
  if (diskFull.test(words)) {
    const reason = `its disk is full (${words}); it takes nothing until it has space and is restarted`;
    return new IaiError("TELEMETRY_FULL", message(reason), { data });
  }
  if (capacity.test(words)) {
    return new IaiError("TELEMETRY_FULL", message(`a limit is reached (${words})`), { data });
  }
  return new IaiError("TELEMETRY_UNREACHABLE", message(`${words} (HTTP ${status})`), { data });
}

/** An error within an answer to a query. */
export function failureOfQuery(words: string): IaiError {
  if (/max-select|timeout|interrupted|killed/.test(words)) {
    return new IaiError("QUERY_TOO_WIDE", `Cannot query InfluxDB: ${words}`);
  }
  if (diskFull.test(words)) return failureOfStatus(500, words, "query");
  return new IaiError("TELEMETRY_UNREACHABLE", `Cannot query InfluxDB: ${words}`);
}

/** A request that got no answer. */
export function failureOnTheWay(failure: unknown, action: string): IaiError {
  if (failure instanceof IaiError) return failure;
  if (failure instanceof SyntaxError) {
    const message = `Cannot ${action} in InfluxDB: its answer is broken off or none of InfluxDB`;
    return new IaiError("TELEMETRY_UNREACHABLE", message, { cause: failure });
  }
  if (!(failure instanceof Error)) return asIaiError(failure, action);
  // A refused connection over several addresses has its reason inside.
  const inner = failure instanceof AggregateError ? failure.errors[0] : failure;
  const reason = inner instanceof Error ? inner.message : String(inner);
  const isSent = !(inner instanceof Error && "code" in inner && notSent.has(String(inner.code)));
  const fate = isSent ? "it may or may not have been carried out" : "nothing was sent";
  const message = `Cannot ${action} in InfluxDB: ${reason}; ${fate}`;
  return new IaiError("TELEMETRY_UNREACHABLE", message, { cause: failure, data: { isSent } });
}

/** True for a failure after which the request may still be carried out, even later. */
export function mayStillHappen(failure: unknown): boolean {
  const isAway = failure instanceof IaiError && failure.code === "TELEMETRY_UNREACHABLE";
  return isAway && failure.data["isSent"] !== false;
}

export function wordsOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // Not of InfluxDB but of a proxy before it.
  }
  return body.trim().slice(0, 500) || "no reason given";
}
