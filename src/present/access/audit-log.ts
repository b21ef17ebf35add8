import { createHmac } from "node:crypto";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import type { Clock } from "../../kernel/clock.ts";
import { type AuditRow, counters } from "../../model/records.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";

export interface AuditEntry {
  readonly actor: string;
  /** Where it came from: an address, or `cli`. */
  readonly origin: string;
  readonly action: string;
  readonly subject: string;
  readonly result: "ok" | "refused";
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditVerdict {
  readonly ok: boolean;
  /** Rows whose hash was checked. */
  readonly rows: number;
  /** Number of the first row that is wrong or missing; null: none. */
  readonly firstBad: number | null;
}

/**
 * Who did what, in order, never changed.
 * - Each row's hash covers the row and the hash before it, keyed with this installation's secret: a row that was
 *   edited, removed or put in by somebody without the secret is found.
 * - `stage` writes within a transaction of its own matter: what is not audited did not happen.
 */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  stage(tx: RecordTransaction, entry: AuditEntry): Promise<void>;
  verify(): Promise<AuditVerdict>;
}

export interface AuditLogDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  /** Of this installation; see `app/install-secret.ts`. */
  readonly key: Uint8Array;
}

const PAGE = 1_000;
/** Hash before the first row. */
const BEGINNING = "0".repeat(64);

export function createAuditLog({ records, clock, key }: AuditLogDeps): AuditLog {
  const hashOf = (row: Omit<AuditRow, "hash">): string =>
    createHmac("sha256", key).update(canonicalJson(row)).digest("hex");

  const stage = async (tx: RecordTransaction, entry: AuditEntry): Promise<void> => {
    const number = await tx.next(counters.audit);
    const previous = await tx.find("audit_log", { number: number - 1 });
    const row = {
      number,
      at: clock.now(),
      actor: entry.actor,
      origin: entry.origin,
      action: entry.action,
      subject: entry.subject,
      result: entry.result,
      detail: entry.detail,
      previousHash: previous?.hash ?? BEGINNING,
    };
    await tx.insert("audit_log", { ...row, hash: hashOf(row) });
  };

  return {
    stage,
    append: (entry) => records.transaction((tx) => stage(tx, entry)),
    verify: async () => {
      let rows = 0;
      let previousHash = BEGINNING;
      for (;;) {
        const page = await readPage(records, rows);
        for (const row of page.rows) {
          const { hash, ...content } = row;
          const follows = row.number === rows + 1 && row.previousHash === previousHash;
          if (!follows || hashOf(content) !== hash) return { ok: false, rows, firstBad: rows + 1 };
          rows += 1;
          previousHash = hash;
        }
        if (page.rows.length === PAGE) continue;
        // The counter remembers how many there were: a cut tail is missed.
        const complete = rows === page.count;
        return { ok: complete, rows, firstBad: complete ? null : rows + 1 };
      }
    },
  };
}

function readPage(records: RecordStore, after: number) {
  return records.read(async (tx) => ({
    rows: await tx.list("audit_log", {
      where: { number: { gt: after } },
      orderBy: [["number", "asc"]],
      limit: PAGE,
    }),
    count: (await tx.find("counter", { name: counters.audit }))?.value ?? 0,
  }));
}
