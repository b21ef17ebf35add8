import { type ErrorCode, IaiError } from "../../../kernel/errors.ts";

/** A failure as it crosses the thread boundary: an Error's own fields do not survive the copy. */
export interface SqlFailure {
  readonly message: string;
  /** SQLite's extended result code; null: not from SQLite. */
  readonly resultCode: number | null;
  /** Set where the worker already knows our code. */
  readonly code: ErrorCode | null;
}

/** A failed statement; `failure` says what SQLite said. */
export class SqlError extends Error {
  readonly failure: SqlFailure;

  constructor(failure: SqlFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Primary result codes (the low byte), https://sqlite.org/rescode.html */
const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [5, "RECORDS_UNREACHABLE"], // SQLITE_BUSY
  [6, "RECORDS_UNREACHABLE"], // SQLITE_LOCKED
  [8, "RECORDS_UNREACHABLE"], // SQLITE_READONLY
  [10, "STORAGE_IO_ERROR"], // SQLITE_IOERR
  [11, "RECORDS_CORRUPT"], // SQLITE_CORRUPT
  [13, "STORAGE_LOW"], // SQLITE_FULL
  [14, "RECORDS_UNREACHABLE"], // SQLITE_CANTOPEN
  [26, "RECORDS_CORRUPT"], // SQLITE_NOTADB
]);

const busy = 5;
/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
const duplicates: ReadonlySet<number> = new Set([2067, 1555]);

export function isBusy(failure: SqlFailure): boolean {
  return failure.resultCode !== null && (failure.resultCode & 0xff) === busy;
}

/** What a failure of SQLite means to us; `action` completes "Cannot …". */
export function recordsError(failure: SqlFailure, action: string): IaiError {
  const message = `Cannot ${action}: ${failure.message}, nothing was stored`;
  return new IaiError(codeOf(failure), message, { data: { sqlite: failure.resultCode } });
}

/** Takes an unknown failure apart so that it can be posted to another thread. */
export function describeFailure(failure: unknown): SqlFailure {
  if (failure instanceof IaiError) {
    return { message: failure.message, resultCode: null, code: failure.code };
  }
  if (!(failure instanceof Error))
    return { message: String(failure), resultCode: null, code: null };
  const resultCode = "errcode" in failure ? Number(failure.errcode) : null;
  return { message: failure.message, resultCode, code: null };
}

function codeOf(failure: SqlFailure): ErrorCode {
  if (failure.code !== null) return failure.code;
  if (failure.resultCode === null) return "INTERNAL";
  if (duplicates.has(failure.resultCode)) return "CONFLICT";
  return codes.get(failure.resultCode & 0xff) ?? "INTERNAL";
}
