import { IaiError } from "../../../kernel/errors.ts";
import type { RunSql } from "./statement.ts";

/** Statements of one transaction: refused after its end, and one that failed dooms the whole. */
export interface SqlSession {
  readonly run: RunSql;
  /** True: there was a statement. */
  wasUsed(): boolean;
  /** What failed first, also when the failure was caught; null: nothing so far. */
  failure(): unknown;
  /** No more statements; throws what failed of those there were, also when the failure was caught. */
  end(): Promise<void>;
  /** No more statements; resolves when those there were have been answered. */
  abandon(): Promise<void>;
}

export function openSession(execute: RunSql): SqlSession {
  let over = false;
  let used = false;
  let failed: { readonly cause: unknown } | null = null;
  /** Answers come in order: after the last one, all are known. */
  let last: Promise<unknown> | null = null;
  const fail = (cause: unknown): void => {
    failed ??= { cause };
  };
  return {
    run: (statement) => {
      if (over) throw new IaiError("INTERNAL", "Cannot use a transaction after its end");
      used = true;
      try {
        const result = execute(statement);
        if (result instanceof Promise) last = result.catch(fail);
        return result;
      } catch (cause) {
        fail(cause);
        throw cause;
      }
    },
    wasUsed: () => used,
    failure: () => failed?.cause ?? null,
    end: async () => {
      over = true;
      if (last !== null) await last;
      if (failed !== null) throw failed.cause;
    },
    abandon: async () => {
      over = true;
      if (last !== null) await last;
    },
  };
}
