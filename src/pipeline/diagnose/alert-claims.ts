import { crashPoint } from "../../kernel/crash-point.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";

/** An alert that this agent alone may diagnose until its lease ends. */
export interface ClaimedAlert {
  /** The row after the claim. */
  readonly alert: AlertRow;
  /** Fencing token: a write with an older one is refused. */
  readonly token: number;
}

/** What waits for a diagnosis, or was left behind by somebody whose lease has ended. */
function dueAt(now: EpochMs) {
  return [
    { status: "PENDING", nextAttemptAt: { lte: now } },
    { status: "DIAGNOSING", leaseUntil: { lt: now } },
  ] as const;
}

/** Claims up to `limit` alerts, the most urgent first and of these the oldest (commit point E). */
export async function claimAlerts(
  records: RecordStore,
  options: { readonly now: EpochMs; readonly limit: number; readonly leaseMs: Ms },
): Promise<readonly ClaimedAlert[]> {
  const { now, limit, leaseMs } = options;
  const list = (tx: Pick<RecordTransaction, "list">): Promise<readonly AlertRow[]> =>
    tx.list("alert_log", {
      any: dueAt(now),
      orderBy: [
        ["alertLevel", "asc"],
        ["openedAt", "asc"],
        ["traceId", "asc"],
      ],
      limit,
    });
  // Looking costs no write: most of the time there is nothing to do.
  const waiting = await records.read((tx) => tx.count("alert_log", { any: dueAt(now) }));
  if (waiting === 0) return [];
  crashPoint("E.before");
  const claimed = await records.transaction(
    async (tx) => {
      const mine: ClaimedAlert[] = [];
      for (const row of await list(tx)) {
        const { traceId, status, leaseToken } = row;
        const claim = {
          status: "DIAGNOSING",
          leaseToken: leaseToken + 1,
          leaseUntil: now + leaseMs,
          // Counted before the work: an alert that kills its process must not do so for ever.
          attempts: row.attempts + 1,
          updatedAt: now,
        } as const;
        const changed = await tx.update("alert_log", { traceId, status, leaseToken }, claim);
        if (changed > 0) mine.push({ alert: { ...row, ...claim }, token: claim.leaseToken });
      }
      return mine;
      // A claim that power loss takes back is claimed again: it need not wait for the disk.
    },
    { durability: "log" },
  );
  crashPoint("E.after");
  return claimed;
}

/** Gives a claim back after a failure; does nothing when somebody else has taken over. */
export async function releaseClaim(
  records: RecordStore,
  claimed: ClaimedAlert,
  failure: { readonly error: string; readonly now: EpochMs; readonly nextAttemptAt: EpochMs },
): Promise<void> {
  const { traceId } = claimed.alert;
  await records.transaction((tx) =>
    tx.update(
      "alert_log",
      { traceId, status: "DIAGNOSING", leaseToken: claimed.token },
      {
        status: "PENDING",
        leaseUntil: null,
        nextAttemptAt: failure.nextAttemptAt,
        lastError: failure.error,
        updatedAt: failure.now,
      },
    ),
  );
}

/** How many alerts still wait for their diagnosis. */
export function countUndiagnosed(records: RecordStore): Promise<number> {
  return records.read((tx) =>
    tx.count("alert_log", { where: { status: { in: ["PENDING", "DIAGNOSING"] } } }),
  );
}

/** The row as it stands, if the claim still holds; throws FENCED otherwise. */
export async function requireClaim(
  tx: RecordTransaction,
  claimed: ClaimedAlert,
): Promise<AlertRow> {
  const { traceId } = claimed.alert;
  const row = await tx.find("alert_log", { traceId });
  if (row !== null && row.status === "DIAGNOSING" && row.leaseToken === claimed.token) return row;
  throw new IaiError(
    "FENCED",
    `Cannot store the diagnosis of alarm "${traceId}": the claim has ended (ignored, or taken over); nothing was stored`,
  );
}
