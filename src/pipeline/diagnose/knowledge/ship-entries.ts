import type { EpochMs } from "../../../model/basics.ts";
import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import type { RecordTransaction } from "../../../ports/record-store.ts";
import type { SeedEntry } from "./entries/shipped-rows.ts";

/** What the shipped texts change in a plant's knowledge base. */
export interface Shipment {
  readonly added: readonly SeedEntry[];
  readonly updated: readonly { readonly before: KnowledgeEntry; readonly after: KnowledgeEntry }[];
}

/**
 * Pure: entries that are missing, and newer texts for those that no person has touched. What a person wrote, edited,
 * promoted or retired stays as it is for ever.
 */
export function planShipment(
  rows: readonly KnowledgeEntry[],
  shipped: readonly SeedEntry[],
): Shipment {
  const known = new Map(rows.map((row) => [row.kbId, row]));
  const added = shipped.filter(({ kbId }) => !known.has(kbId));
  const updated = shipped.flatMap((entry) => {
    const before = known.get(entry.kbId);
    if (before === undefined || !isOlder(before, entry)) return [];
    const { version, createdAt } = before;
    return [{ before, after: { ...entry, version: version + 1, createdAt } }];
  });
  return { added, updated };
}

function isOlder(row: KnowledgeEntry, shipped: SeedEntry): boolean {
  // Rows of the first release do not say which text they are: at version 1 nobody has changed them.
  const revision = row.shippedRevision ?? (row.version === 1 ? 0 : null);
  return revision !== null && revision < (shipped.shippedRevision ?? 0);
}

/** Writes a shipment; several processes may do it at once. */
export async function ship(
  tx: RecordTransaction,
  shipped: readonly SeedEntry[],
  given: { readonly now: EpochMs; readonly nextId: () => string },
): Promise<Shipment> {
  const plan = planShipment(await tx.list("maintenance_kb", {}), shipped);
  for (const entry of plan.added) {
    await tx.insert("maintenance_kb", { ...entry, createdAt: given.now });
  }
  for (const { before, after } of plan.updated) {
    const { kbId, version } = before;
    if ((await tx.update("maintenance_kb", { kbId, version }, after)) === 0) continue;
    await tx.insert("history", {
      historyId: given.nextId(),
      subject: "kb",
      subjectId: kbId,
      at: given.now,
      actor: "IAI",
      action: "update",
      reason: null,
      detail: { version: after.version, before },
    });
  }
  return plan;
}
