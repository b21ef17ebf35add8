import { SqliteAdapter, SqliteQueryCompiler } from "kysely";
import type { SqlDialect } from "../sql/dialect.ts";
import type { SqlValue } from "../sql/statement.ts";

const asBound = (value: unknown): SqlValue => value as string | number;

/** One writer at a time; instants are whole milliseconds, booleans 0 and 1, JSON is text. */
export const sqliteDialect: SqlDialect = {
  capabilities: {
    readsLock: false,
    takenKey: "skipped",
    likeIgnoresCase: true,
    counterAnswer: "returning",
  },
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  encoderOf: (kind) => {
    if (kind === "json") return (value) => JSON.stringify(value);
    if (kind === "boolean") return (value) => (value === true ? 1 : 0);
    return asBound;
  },
  decoderOf: (kind) => {
    if (kind === "json") return (value) => JSON.parse(String(value));
    if (kind === "boolean") return (value) => value === 1;
    return null;
  },
};
