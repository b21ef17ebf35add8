import { DAY, type EpochMs, HOUR, SECOND } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";
import type { AlertServiceDeps } from "./alert-service.ts";
import type { Occasion } from "./notification-plan.ts";
import { endShelving, isHidden } from "./shelving.ts";
import { escalate, findUnanswered } from "./unanswered.ts";

/** How precise the end of a shelving and the repeat of a P0 are. */
const sweepMs = 5 * SECOND;
/** Delivered notifications are the journal of this time. */
const journalMs = 30 * DAY;
const pruneEveryMs = HOUR;
/** Alarms handled in one sweep; the rest follows in the next. */
const sweepLimit = 500;

/**
 * Does what only the passing of time asks for: ends shelvings, repeats unacknowledged P0, escalates what nobody has
 * answered, prunes the journal.
 */
export async function runAlertSweep(deps: AlertServiceDeps, signal: AbortSignal): Promise<void> {
  let pruneAt = deps.clock.monotonic();
  while (!signal.aborted) {
    try {
      await sweep(deps);
      if (deps.clock.monotonic() >= pruneAt) {
        pruneAt = deps.clock.monotonic() + pruneEveryMs;
        await prune(deps);
      }
    } catch (failure) {
      deps.log.warn("alert.sweep.retried", { error: String(failure) });
    }
    await deps.clock.sleep(sweepMs, signal);
  }
}

async function sweep(deps: AlertServiceDeps): Promise<void> {
  const { records, clock } = deps;
  const now = clock.now();
  const { expired, repeats, unanswered } = await records.read((tx) => findDue(tx, deps, now));
  if (expired.length + repeats.length + unanswered.length === 0) return;
  const shown = await records.transaction(async (tx) => {
    const ended: AlertRow[] = [];
    for (const row of expired) {
      const over = await endExpired(tx, deps, row, now);
      if (over !== null) ended.push(over);
    }
    for (const repeat of repeats) await repeatP0(tx, deps, repeat, now);
    for (const one of unanswered) await escalate(tx, deps, one, now);
    return ended;
  });
  deps.outbox.wake();
  for (const row of shown) deps.onChange(row, "unshelve");
}

type Reader = Pick<RecordTransaction, "find" | "list">;

/** A P0 that nobody has acknowledged since it was told last. */
interface Repeat {
  readonly traceId: string;
  readonly toldAt: EpochMs;
}

/** Looking costs no write: most of the time nothing is due. */
async function findDue(tx: Reader, deps: AlertServiceDeps, now: EpochMs) {
  const { notify } = deps;
  const expired = await tx.list("alert_log", {
    where: { shelvedUntil: { lte: now } },
    limit: sweepLimit,
  });
  const urgent = await tx.list("alert_log", {
    where: { alarmState: "UNACK_ACTIVE", alertLevel: "P0", suppressed: false, outOfService: false },
    orderBy: [["openedAt", "desc"]],
    limit: sweepLimit,
  });
  const repeats: Repeat[] = [];
  for (const { traceId } of urgent) {
    const [newest] = await tx.list("outbox", {
      where: { traceId, kind: "notification" },
      orderBy: [["createdAt", "desc"]],
      limit: 1,
    });
    // Nobody was told of a backlog, and what is still on its way is not told twice.
    if (newest === undefined || newest.state === "PENDING") continue;
    const toldAt = newest.createdAt;
    if (now - toldAt >= notify.repeatP0Ms) repeats.push({ traceId, toldAt });
  }
  return { expired, repeats, unanswered: await findUnanswered(tx, deps, now) };
}

/** null: somebody changed it meanwhile. */
async function endExpired(
  tx: RecordTransaction,
  deps: AlertServiceDeps,
  row: AlertRow,
  now: EpochMs,
): Promise<AlertRow | null> {
  const { traceId, shelvedUntil } = row;
  const patch = { ...endShelving, updatedAt: now };
  const changed = await tx.update("alert_log", { traceId, shelvedUntil }, patch);
  if (changed === 0) return null;
  await tx.insert("history", {
    historyId: deps.ids.next(),
    subject: "alert",
    subjectId: traceId,
    at: now,
    actor: "system",
    action: "unshelve",
    reason: "its time is over",
    detail: { until: shelvedUntil },
  });
  const after = { ...row, ...patch };
  if (row.alarmState === "UNACK_ACTIVE" && !isHidden(after, now)) {
    const notificationId = `${traceId}-unshelved-${shelvedUntil}`;
    const kind = "unsuppressed";
    await tell(tx, deps, { row: after, notificationId, kind, repeated: false, at: now });
  }
  return after;
}

async function repeatP0(
  tx: RecordTransaction,
  deps: AlertServiceDeps,
  { traceId, toldAt }: Repeat,
  now: EpochMs,
): Promise<void> {
  const row = await tx.find("alert_log", { traceId });
  if (row === null || row.alarmState !== "UNACK_ACTIVE" || isHidden(row, now)) return;
  const notificationId = `${traceId}-repeated-${toldAt}`;
  await tell(tx, deps, { row, notificationId, kind: "raised", repeated: true, at: now });
}

async function tell(
  tx: RecordTransaction,
  { notify, outbox }: AlertServiceDeps,
  said: Pick<Occasion, "notificationId" | "kind" | "repeated" | "at"> & { readonly row: AlertRow },
): Promise<void> {
  const { row, ...occasion } = said;
  const device = await tx.find("device_registry", { deviceId: row.deviceId });
  const notification = notify.compose({ ...occasion, alarm: row.snapshot, device });
  await outbox.stage(tx, notification, notify.targetsFor(row.alertLevel));
}

async function prune({ records, clock }: AlertServiceDeps): Promise<void> {
  const deliveredAt = { lt: clock.now() - journalMs };
  await records.transaction((tx) =>
    tx.remove("outbox", { kind: "notification", state: "DELIVERED", deliveredAt }),
  );
}
