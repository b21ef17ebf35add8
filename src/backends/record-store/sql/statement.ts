/** What is bound to a `?`. */
export type SqlValue = string | number | bigint | null;

/**
 * What is wanted of a statement: its rows; how many rows it met; whether a row was inserted (`changes` is 0 where its
 * key was taken); the new value of a counter (the only row).
 */
export type SqlAnswer = "rows" | "changes" | "inserted" | "counter";

export interface SqlStatement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  readonly answer: SqlAnswer;
}

/** Rows as arrays in column order. */
export interface SqlResult {
  readonly rows: readonly (readonly unknown[])[];
  readonly changes: number;
}

/** Executes in the order of the calls. An answer that is there at once needs no promise. */
export type RunSql = (statement: SqlStatement) => SqlResult | Promise<SqlResult>;
