import { type ErrorCode, IaiError } from "../../../kernel/errors.ts";
import type { Ms } from "../../../model/basics.ts";

/**
 * What became of the work that a failure ended:
 * - `refused`: MySQL answered no; the same would be refused again.
 * - `undone`: by a dead lock or a row that was held too long; done anew it may go through.
 * - `lost`: the connection broke before the commit was sent, so MySQL undoes it.
 * - `away`: there was no connection, or no answer in time.
 * - `unknown`: the connection broke while the commit was under way.
 */
export type MysqlOutcome = "refused" | "undone" | "lost" | "away" | "unknown";

/** A failed statement or connection. */
export class MysqlFailure extends Error {
  readonly outcome: MysqlOutcome;
  /** MySQL's error number; null: it did not come from the server. */
  readonly errno: number | null;

  constructor(outcome: MysqlOutcome, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.outcome = outcome;
    this.errno = errnoOf(cause);
  }
}

/** Nothing came back in time; the connection was given up. */
export class NoAnswer extends Error {
  constructor(waitedMs: Ms) {
    super(`no answer in ${waitedMs} ms`);
  }
}

/** Where a connection stands when something fails. */
export type MysqlPhase = "connect" | "statement" | "commit";

export function describeFailure(cause: unknown, phase: MysqlPhase): MysqlFailure {
  if (cause instanceof MysqlFailure) return cause;
  return new MysqlFailure(outcomeOf(cause, phase), cause);
}

/** The key of an inserted row is taken. */
export function isTakenKey(failure: unknown): boolean {
  return failure instanceof MysqlFailure && failure.errno === DUPLICATE;
}

/** Done anew it may go through. */
export function isWorthRepeating(failure: unknown): boolean {
  return (
    failure instanceof MysqlFailure && (failure.outcome === "undone" || failure.outcome === "lost")
  );
}

/** What a failure means to us; `action` completes "Cannot …", `fate` says what was and was not done. */
export function recordsError(
  failure: MysqlFailure,
  action: string,
  fate = fates[failure.outcome],
): IaiError {
  const message = `Cannot ${action}: ${failure.message}, ${fate}`;
  return new IaiError(codeOf(failure), message, { cause: failure, data: { mysql: failure.errno } });
}

const fates: Readonly<Record<MysqlOutcome, string>> = {
  refused: "nothing was stored",
  undone: "nothing was stored after several attempts",
  lost: "nothing was stored",
  away: "nothing was stored",
  unknown: "whether it was stored is not known",
};

function codeOf({ outcome, errno }: MysqlFailure): ErrorCode {
  if (outcome === "undone") return "RECORDS_BUSY";
  if (outcome !== "refused") return "RECORDS_UNREACHABLE";
  if (errno === null) return "RECORDS_DENIED";
  return codes.get(errno) ?? "INTERNAL";
}

const DUPLICATE = 1062;
/** Lock wait, dead lock. */
const undoing: ReadonlySet<number> = new Set([1205, 1213]);

/** What MySQL says while it stops, has too many connections, has become a replica, or has ended ours. */
const goingAway: ReadonlySet<number> = new Set([1040, 1053, 1077, 1203, 1290, 1836, 1927, 4031]);

/** https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html */
const codes: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [DUPLICATE, "CONFLICT"],
  [1021, "STORAGE_LOW"], // ER_DISK_FULL
  [1114, "STORAGE_LOW"], // ER_RECORD_FILE_FULL
  [1030, "STORAGE_IO_ERROR"], // ER_GET_ERRNO
  [1034, "RECORDS_CORRUPT"], // ER_NOT_KEYFILE
  [1194, "RECORDS_CORRUPT"], // ER_CRASHED_ON_USAGE
  [1264, "INVALID_REQUEST"], // ER_WARN_DATA_OUT_OF_RANGE
  [1406, "INVALID_REQUEST"], // ER_DATA_TOO_LONG
  [1044, "RECORDS_DENIED"], // ER_DBACCESS_DENIED_ERROR
  [1045, "RECORDS_DENIED"], // ER_ACCESS_DENIED_ERROR
  [1049, "RECORDS_DENIED"], // ER_BAD_DB_ERROR
  [1142, "RECORDS_DENIED"], // ER_TABLEACCESS_DENIED_ERROR
  [1227, "RECORDS_DENIED"], // ER_SPECIFIC_ACCESS_DENIED_ERROR
  [1820, "RECORDS_DENIED"], // ER_MUST_CHANGE_PASSWORD
  [1862, "RECORDS_DENIED"], // ER_MUST_CHANGE_PASSWORD_LOGIN
  [3118, "RECORDS_DENIED"], // ER_ACCOUNT_HAS_BEEN_LOCKED
  [3159, "RECORDS_DENIED"], // ER_SECURE_TRANSPORT_REQUIRED
]);

/** TLS did not come about: the certificate is another's, or the server has none. */
const tlsRefusals: ReadonlySet<string> = new Set([
  "HANDSHAKE_SSL_ERROR",
  "HANDSHAKE_NO_SSL_SUPPORT",
]);

function outcomeOf(cause: unknown, phase: MysqlPhase): MysqlOutcome {
  const errno = errnoOf(cause);
  if (tlsRefusals.has(codeIn(cause))) return "refused";
  if (errno !== null && undoing.has(errno)) return "undone";
  if (errno !== null && !goingAway.has(errno)) return "refused";
  if (phase === "connect") return "away";
  if (phase === "commit") return "unknown";
  return cause instanceof NoAnswer ? "away" : "lost";
}

/** The number of the server's answer. The driver also numbers failures of the network, below zero. */
function errnoOf(cause: unknown): number | null {
  if (!(cause instanceof Error) || !("sqlState" in cause) || !("errno" in cause)) return null;
  return Number(cause.errno);
}

function codeIn(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A host that was tried at several addresses fails with an empty message.
  return cause.message === "" ? codeIn(cause) : cause.message;
}
