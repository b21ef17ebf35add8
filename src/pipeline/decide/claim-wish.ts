import { IaiError } from "../../kernel/errors.ts";
import type { WorkOrderRow } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

/** In the order's own transaction: a second order of the same wish is rolled back with it. */
export async function claimWish(
  tx: RecordTransaction,
  wishHash: string,
  { orderNo, createdAt }: WorkOrderRow,
): Promise<void> {
  if (await tx.insert("idempotency_key", { wishHash, orderNo, createdAt })) return;
  const first = await tx.find("idempotency_key", { wishHash });
  const message = `Cannot write an order: this wish became order "${first?.orderNo}"; nothing was written`;
  throw new IaiError("CONFLICT", message, { data: { orderNo: first?.orderNo ?? null } });
}
