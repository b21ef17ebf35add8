import { accessErrors } from "./error-catalogue/access-errors.ts";
import type { ErrorEntry } from "./error-catalogue/error-entry.ts";
import { intakeErrors } from "./error-catalogue/intake-errors.ts";
import { startErrors } from "./error-catalogue/start-errors.ts";
import { stationErrors } from "./error-catalogue/station-errors.ts";

/**
 * Every failure that leaves a station has a code from this catalogue. `status` is the HTTP status, `retry`
 * says whether the same request can succeed later, `remedy` is what the night shift should do.
 * `docs/errors.md` is generated from it.
 */
export const errorCatalogue = {
  ...intakeErrors,
  ...accessErrors,
  ...stationErrors,
  ...startErrors,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** The one error class: a stable code, a message that says what was and was not done, and the cause. */
export class IaiError extends Error {
  readonly code: ErrorCode;
  /** For a machine: field, index, retryAfterMs … */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; data?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "IaiError";
    this.code = code;
    this.data = options.data ?? {};
  }
}

/** The catalogue entry of a code. */
export function describeError(code: ErrorCode): ErrorEntry {
  return errorCatalogue[code];
}

/** Anything thrown as an `IaiError`; unknown failures become `INTERNAL` with their cause kept. */
export function asIaiError(failure: unknown, action: string): IaiError {
  if (failure instanceof IaiError) return failure;
  const reason = failure instanceof Error ? failure.message : String(failure);
  return new IaiError("INTERNAL", `Cannot ${action}: ${reason}`, { cause: failure });
}
