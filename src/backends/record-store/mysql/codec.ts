import { MysqlAdapter, MysqlQueryCompiler } from "kysely";
import type { ColumnKind } from "../../../wire/record-catalogue.ts";
import type { SqlDialect } from "../sql/dialect.ts";
import type { SqlValue } from "../sql/statement.ts";

/**
 * Several write at once; instants are UTC `DATETIME(3)`, booleans `TINYINT(1)`, JSON is `JSON`.
 * MySQL rounds, cuts or bends what does not fit into a number; here it is refused instead.
 */
export const mysqlDialect: SqlDialect = {
  capabilities: {
    readsLock: true,
    takenKey: "error",
    likeIgnoresCase: false,
    counterAnswer: "insert id",
  },
  createAdapter: () => new MysqlAdapter(),
  createQueryCompiler: () => new MysqlQueryCompiler(),
  encoderOf: (kind) => encoders[kind],
  decoderOf: (kind) => decoders[kind],
};

const encoders: Readonly<Record<ColumnKind, (value: unknown) => SqlValue>> = {
  text: (value) => String(value),
  integer: (value) => {
    if (Number.isSafeInteger(value)) return value as number;
    throw new RangeError(`Cannot store ${String(value)} as a whole number`);
  },
  real: (value) => {
    if (Number.isFinite(value)) return value as number;
    throw new RangeError(`Cannot store ${String(value)} as a number`);
  },
  boolean: (value) => (value === true ? 1 : 0),
  instant: encodeInstant,
  json: encodeJson,
};

const decoders: Readonly<Record<ColumnKind, ((value: unknown) => unknown) | null>> = {
  text: null,
  integer: null,
  real: null,
  boolean: (value) => value === 1,
  instant: (value) => (value as Date).getTime(),
  json: (value) => JSON.parse(String(value)),
};

/** Years 1000 to 9999, as far as `DATETIME` reaches. */
const EARLIEST_MS = Date.UTC(1000, 0);
const END_MS = Date.UTC(10_000, 0);

/** `2026-02-28 12:00:00.000`: as text, because a bound date would be turned by the driver's time zone. */
function encodeInstant(value: unknown): string {
  const at = value as number;
  if (!Number.isSafeInteger(at) || at < EARLIEST_MS || at >= END_MS) {
    throw new RangeError(`Cannot store ${String(value)} as an instant`);
  }
  return new Date(at).toISOString().slice(0, 23).replace("T", " ");
}

/** Half of a surrogate pair, as JavaScript writes it in JSON; MySQL refuses the whole text for it. */
const halfPair = /\\ud[89a-f]/;

function encodeJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!halfPair.test(text)) return text;
  return JSON.stringify(value, (_, part) =>
    typeof part === "string" ? part.toWellFormed() : part,
  );
}
