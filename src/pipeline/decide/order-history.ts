import type { IdSource } from "../../kernel/ids.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

export interface OrderEntry {
  readonly orderNo: string;
  readonly at: EpochMs;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes who did what to an order, and why. */
export async function rememberOrder(
  tx: RecordTransaction,
  ids: IdSource,
  entry: OrderEntry,
): Promise<void> {
  await tx.insert("history", {
    historyId: ids.next(),
    subject: "order",
    subjectId: entry.orderNo,
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    reason: entry.reason,
    detail: entry.detail ?? {},
  });
}
