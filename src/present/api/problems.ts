import type { FastifyError } from "fastify";
import { z } from "zod";
import { describeError, type ErrorCode, IaiError } from "../../kernel/errors.ts";
import type { ProblemOut } from "../../wire/problem.ts";

/** Media type of every error answer (RFC 9457). */
export const problemType = "application/problem+json; charset=utf-8";

/** A failure as an answer. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemOut;
}

/** An error of ours as `application/problem+json`; its cause and stack stay in the log. */
export function problemOf(error: IaiError, traceId: string): Problem {
  const { status, title, remedy, retry } = describeError(error.code);
  const { retryAfterMs, errors, ...data } = error.data;
  const waitMs = typeof retryAfterMs === "number" ? retryAfterMs : 5_000;
  const seconds = Math.max(1, Math.floor((waitMs + 999) / 1_000));
  const withWait = status === 503 || status === 429;
  const internal = error.code === "INTERNAL";
  return {
    status,
    headers: withWait ? { "retry-after": String(seconds) } : {},
    body: {
      type: `urn:iai:error:${error.code}`,
      title,
      status,
      code: error.code,
      // What went wrong inside is nobody's business outside; the trace id leads to it in the log.
      detail: internal ? "Cannot answer: an error of ours; see the log" : error.message,
      trace_id: traceId,
      remedy,
      retry,
      ...(Array.isArray(errors) ? { errors } : {}),
      ...(internal ? {} : scalars(data)),
    },
  };
}

/** Only plain fields may join the answer, and none may shadow a standard one. */
function scalars(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const standard = new Set(["type", "title", "status", "code", "detail", "trace_id"]);
  return Object.fromEntries(
    Object.entries(data).filter(
      ([name, value]) => !standard.has(name) && (value === null || typeof value !== "object"),
    ),
  );
}

/** Failures of the HTTP framework, by its own codes. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE_UNSUPPORTED",
  FST_ERR_CTP_EMPTY_JSON_BODY: "JSON_INVALID",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "INVALID_REQUEST",
  FST_ERR_BAD_URL: "INVALID_REQUEST",
  FST_ERR_MAX_PARAM_LENGTH: "INVALID_REQUEST",
  FST_ERR_ASYNC_CONSTRAINT: "INVALID_REQUEST",
};

/** Anything thrown while answering as an error of ours. */
export function asApiError(failure: unknown): IaiError {
  if (failure instanceof IaiError) return failure;
  if (failure instanceof z.ZodError) return invalidRequest(failure);
  const { code, statusCode, message } = failure as Partial<FastifyError>;
  const known = code === undefined ? undefined : frameworkCodes[code];
  if (known !== undefined)
    return new IaiError(known, `Cannot read the request: ${String(message)}`, { cause: failure });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new IaiError("INVALID_REQUEST", `Cannot read the request: ${String(message)}`, {
      cause: failure,
    });
  return new IaiError("INTERNAL", `Cannot answer: ${String(message ?? failure)}`, {
    cause: failure,
  });
}

/** What a schema found, field by field. */
export function invalidRequest(failure: z.ZodError): IaiError {
  const errors = failure.issues.slice(0, 20).map((issue) => ({
    field: issue.path.map(String).join(".") || "(the whole)",
    detail: issue.message,
  }));
  const first = errors[0];
  const where = first === undefined ? "it does not fit" : `"${first.field}": ${first.detail}`;
  return new IaiError("INVALID_REQUEST", `Cannot accept the request: ${where}; nothing was done`, {
    data: { errors },
  });
}
