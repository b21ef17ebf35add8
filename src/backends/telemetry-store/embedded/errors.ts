import { asIaiError, type ErrorCode, IaiError } from "../../../kernel/errors.ts";

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [SQLITE_IOERR, "STORAGE_IO_ERROR"],
  [SQLITE_CANTOPEN, "STORAGE_IO_ERROR"],
  [SQLITE_FULL, "STORAGE_LOW"],
  [SQLITE_CORRUPT, "TELEMETRY_CORRUPT"],
  [SQLITE_NOTADB, "TELEMETRY_CORRUPT"],
]);

/** A failure of SQLite, of the codec or of the file system in our words; `action` continues "Cannot …". */
export function asTelemetryError(failure: unknown, action: string): IaiError {
  if (failure instanceof IaiError || !(failure instanceof Error))
    return asIaiError(failure, action);
  const code = codeOf(failure);
  if (code === null) return asIaiError(failure, action);
  return new IaiError(code, `Cannot ${action}: ${failure.message}`, { cause: failure });
}

function codeOf(failure: Error): ErrorCode | null {
  if ("errcode" in failure && typeof failure.errcode === "number") {
    // Extended result codes keep the primary one in their low byte.
    return codes.get(failure.errcode & 0xff) ?? null;
  }
  const system = "code" in failure ? failure.code : null;
  if (system === "ENOSPC") return "STORAGE_LOW";
  if (system === "EIO") return "STORAGE_IO_ERROR";
  // What the codec throws when a block is not what was written.
  const isBlock =
    failure instanceof RangeError || (typeof system === "string" && /^ZSTD/.test(system));
  return isBlock ? "TELEMETRY_CORRUPT" : null;
}
