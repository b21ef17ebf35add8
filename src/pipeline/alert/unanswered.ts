import type { Severity } from "../../model/alarm.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";
import type { AlertServiceDeps } from "./alert-service.ts";
import { isHidden } from "./shelving.ts";

/** Alarms and orders handled in one sweep; the rest follows in the next. */
const LIMIT = 200;

/** What nobody has answered in time: an alarm without acknowledgement, or its order without approval. */
export interface Unanswered {
  readonly traceId: string;
  /** The order that waits for approval; null: the alarm itself waits. */
  readonly orderNo: string | null;
  /** Told once for each severity and occurrence, or once for an order. */
  readonly escalationId: string;
}

type Reader = Pick<RecordTransaction, "find" | "list">;

/** Looking costs no write, and nothing at all where nobody is named for escalations. */
export async function findUnanswered(
  tx: Reader,
  { notify: { escalation } }: Pick<AlertServiceDeps, "notify">,
  now: EpochMs,
): Promise<readonly Unanswered[]> {
  if (escalation.targets.length === 0) return [];
  const waiting = [
    ...(await lateAlarms(tx, "P0", now - escalation.p0Ms)),
    ...(await lateAlarms(tx, "P1", now - escalation.p1Ms)),
    ...(await lateOrders(tx, now - escalation.orderMs)),
  ];
  const fresh: Unanswered[] = [];
  for (const one of waiting) {
    if ((await tx.find("history", { historyId: one.escalationId })) === null) fresh.push(one);
  }
  return fresh;
}

async function lateAlarms(
  tx: Reader,
  severity: Severity,
  before: EpochMs,
): Promise<readonly Unanswered[]> {
  const rows = await tx.list("alert_log", {
    where: {
      alarmState: "UNACK_ACTIVE",
      alertLevel: severity,
      suppressed: false,
      outOfService: false,
      createdAt: { lte: before },
    },
    orderBy: [["createdAt", "desc"]],
    limit: LIMIT,
  });
  const late: Unanswered[] = [];
  for (const row of rows) {
    if ((await lastNews(tx, row)) > before) continue;
    const escalationId = `${row.traceId}-unanswered-${severity}-${row.occurrences}`;
    late.push({ traceId: row.traceId, orderNo: null, escalationId });
  }
  return late;
}

/** The clock begins anew when an alarm comes again or becomes worse. */
async function lastNews(tx: Reader, { traceId, createdAt }: AlertRow): Promise<EpochMs> {
  const [newest] = await tx.list("history", {
    where: {
      subject: "alert",
      subjectId: traceId,
      action: { in: ["raised", "escalated", "reopened", "caught_up"] },
    },
    orderBy: [["at", "desc"]],
    limit: 1,
  });
  return newest?.at ?? createdAt;
}

async function lateOrders(tx: Reader, before: EpochMs): Promise<readonly Unanswered[]> {
  const orders = await tx.list("work_order", {
    where: { status: "PROPOSED", createdAt: { lte: before } },
    orderBy: [["createdAt", "desc"]],
    limit: LIMIT,
  });
  return orders.flatMap(({ orderNo, traceId }) =>
    traceId === null ? [] : [{ traceId, orderNo, escalationId: `${orderNo}-unanswered` }],
  );
}

/** Tells those who are named for it, once; somebody may have answered meanwhile. */
export async function escalate(
  tx: RecordTransaction,
  deps: AlertServiceDeps,
  { traceId, orderNo, escalationId }: Unanswered,
  now: EpochMs,
): Promise<void> {
  const row = await tx.find("alert_log", { traceId });
  if (row === null) return;
  const order = orderNo === null ? null : await tx.find("work_order", { orderNo });
  const isWaiting =
    orderNo === null
      ? row.alarmState === "UNACK_ACTIVE" && !isHidden(row, now)
      : order?.status === "PROPOSED";
  if (!isWaiting) return;
  const isNew = await tx.insert("history", {
    historyId: escalationId,
    subject: "alert",
    subjectId: traceId,
    at: now,
    actor: "system",
    action: "unanswered",
    reason: null,
    detail: { severity: row.alertLevel, orderNo },
  });
  if (!isNew) return;
  const { notify, outbox } = deps;
  const device = await tx.find("device_registry", { deviceId: row.deviceId });
  const notification = notify.compose({
    notificationId: escalationId,
    kind: "raised",
    at: now,
    alarm: row.snapshot,
    device,
    repeated: true,
    waitingOrder: orderNo,
  });
  await outbox.stage(tx, notification, notify.escalation.targets);
}
