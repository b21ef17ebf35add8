import type { DialectAdapter, QueryCompiler } from "kysely";
import type { ColumnKind } from "../../../wire/record-catalogue.ts";
import type { SqlValue } from "./statement.ts";

/**
 * What tells one SQL database from another. Everything else (queries, rows, transactions) is shared, so that a
 * record means the same wherever it is kept.
 */
export interface SqlDialect {
  readonly capabilities: SqlCapabilities;
  /** Kysely's own parts of the dialect; they only write SQL. */
  createAdapter(): DialectAdapter;
  createQueryCompiler(): QueryCompiler;
  /** How a value that is not absent is bound. */
  encoderOf(kind: ColumnKind): (value: unknown) => SqlValue;
  /** How a value that is not absent comes back; null: as the driver gives it. */
  decoderOf(kind: ColumnKind): ((value: unknown) => unknown) | null;
}

export interface SqlCapabilities {
  /**
   * What a transaction reads, it locks (`for update`): needed where several write at once, and better than a shared
   * lock, with which two that read a row and then change it always end in a dead lock.
   */
  readonly readsLock: boolean;
  /** An insert over a taken key does nothing by its own words (`on conflict`), or fails and is known by its error. */
  readonly takenKey: "skipped" | "error";
  /** `like` ignores the case of letters by itself. */
  readonly likeIgnoresCase: boolean;
  /** How the statement that counts up answers the new number: `returning`, or as the id of the inserted row. */
  readonly counterAnswer: "returning" | "insert id";
}
