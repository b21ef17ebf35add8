import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import { compareSeverity, type Severity, worseSeverity } from "../../model/alarm.ts";
import type { DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow, WorkOrderRow } from "../../model/records.ts";
import { isOpenOrder, type WorkOrder, type WorkOrderType } from "../../model/work-order.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";
import {
  type AppliedIntent,
  applyIntent,
  intendedSteps,
  type OrderPolicy,
  typeOrder,
} from "./apply-intent.ts";
import { rememberOrder } from "./order-history.ts";
import { createOrderNumbers } from "./order-numbers.ts";

export type DecisionPolicy = Readonly<Record<Severity, OrderPolicy>>;

/** An emergency and a planned stop need a person's yes; a look at the machine does not. */
export const defaultDecisionPolicy: DecisionPolicy = {
  P0: { type: "EMERGENCY", status: "PROPOSED" },
  P1: { type: "PLANNED", status: "PROPOSED" },
  P2: { type: "INSPECTION", status: "OPEN" },
  P3: null,
};

export interface DecisionConfig {
  readonly policy: DecisionPolicy;
  /** IANA name: the day in an order's number is the plant's. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Decides on the order of a diagnosed alarm, inside the transaction that stores the report. */
export type Decide = (
  tx: RecordTransaction,
  alert: AlertRow,
  report: DiagnosisReport,
) => Promise<WorkOrder | null>;

const POLICY = "policy";

/**
 * - An alarm has at most one order of its own, for ever.
 * - A device has at most one open order per fault category: a later alarm links to it.
 * - Escalation raises priority and type of the order there is; nothing lowers them.
 * - What a model intends changes a new order by one step at most, and then the order waits for a person.
 */
export function createDecisionPolicy(config: DecisionConfig): Decide {
  const nextNumber = createOrderNumbers(config.timeZone);
  return async (tx, alert, report) => {
    const own = await tx.find("work_order", { traceId: alert.traceId });
    const target = own ?? (await openOrderFor(tx, alert, report));
    if (target !== null) return raise(tx, { order: target, alert, report, config });
    const policy = config.policy[alert.alertLevel];
    if (policy === null || report.faultCategory === "no_fault") return null;
    const now = config.clock.now();
    const intent = report.agent?.intent ?? null;
    const applied = applyIntent(alert.alertLevel, policy, intent);
    const orderNo = await nextNumber(tx, now);
    const order = newOrder(alert, report, { orderNo, applied, now });
    await tx.insert("work_order", order);
    await rememberOrder(tx, config.ids, {
      orderNo: order.orderNo,
      at: now,
      actor: POLICY,
      action: order.status === "PROPOSED" ? "propose" : "open",
      reason: `${alert.alertLevel}, ${report.faultCategory}`,
      detail: {
        traceId: alert.traceId,
        revision: report.revision,
        ...(intent === null ? {} : { intent, clamped: applied.clamped }),
      },
    });
    return order;
  };
}

async function openOrderFor(
  tx: RecordTransaction,
  alert: AlertRow,
  report: DiagnosisReport,
): Promise<WorkOrderRow | null> {
  const orders = await tx.list("work_order", {
    where: {
      deviceId: alert.deviceId,
      faultCategory: report.faultCategory,
      status: { in: ["PROPOSED", "OPEN", "IN_PROGRESS", "ON_HOLD"] },
    },
    orderBy: [["createdAt", "asc"]],
  });
  // An order that a person wrote without naming a fault is about something else.
  return (
    orders.find((order) => order.traceId !== null || order.faultCategory !== "unknown") ?? null
  );
}

interface Raising {
  readonly order: WorkOrderRow;
  readonly alert: AlertRow;
  readonly report: DiagnosisReport;
  readonly config: DecisionConfig;
}

/** Links the alarm and raises what became more urgent; a closed order stays as it was closed. */
async function raise(tx: RecordTransaction, raising: Raising): Promise<WorkOrder> {
  const { order, alert, config } = raising;
  if (!isOpenOrder(order.status)) return order;
  const now = config.clock.now();
  const patch = { ...linked(order, alert), ...raised(raising) };
  if (Object.keys(patch).length === 0) return order;
  await tx.update("work_order", { orderNo: order.orderNo }, { ...patch, updatedAt: now });
  await rememberOrder(tx, config.ids, {
    orderNo: order.orderNo,
    at: now,
    actor: POLICY,
    action: "priority" in patch || "orderType" in patch ? "escalate" : "link",
    reason: `${alert.alertLevel}, ${alert.traceId}`,
    detail: { traceId: alert.traceId },
  });
  return { ...order, ...patch, updatedAt: now };
}

function linked(order: WorkOrderRow, alert: AlertRow): Partial<WorkOrderRow> {
  const { traceId } = alert;
  if (order.traceId === traceId || order.linkedTraceIds.includes(traceId)) return {};
  return { linkedTraceIds: [...order.linkedTraceIds, traceId] };
}

function raised({ order, alert, report, config }: Raising): Partial<WorkOrderRow> {
  const policy = config.policy[alert.alertLevel];
  const priority = worseSeverity(order.priority, alert.alertLevel);
  const type = policy === null ? order.orderType : moreUrgent(order.orderType, policy.type);
  if (compareSeverity(priority, order.priority) === 0 && type === order.orderType) return {};
  const own = order.traceId === alert.traceId;
  // The newer diagnosis of its own alarm is what the technician should read.
  const text = own ? { description: report.diagnosisText } : {};
  return { priority, orderType: type, ...text };
}

function moreUrgent(a: WorkOrderType, b: WorkOrderType): WorkOrderType {
  return typeOrder.indexOf(a) >= typeOrder.indexOf(b) ? a : b;
}

function newOrder(
  alert: AlertRow,
  report: DiagnosisReport,
  given: {
    readonly orderNo: string;
    readonly applied: AppliedIntent;
    readonly now: number;
  },
): WorkOrderRow {
  const cause = report.hypotheses[0]?.title;
  const title =
    cause === undefined || report.faultCategory === "unknown"
      ? { zh: "查明报警原因", en: "Find the cause of the alarm" }
      : cause;
  return {
    orderNo: given.orderNo,
    traceId: alert.traceId,
    linkedTraceIds: [],
    deviceId: alert.deviceId,
    orderType: given.applied.policy.type,
    priority: given.applied.priority,
    status: given.applied.policy.status,
    faultCategory: report.faultCategory,
    title: { zh: `${alert.deviceId}：${title.zh}`, en: `${alert.deviceId}: ${title.en}` },
    description: report.diagnosisText,
    assignedTo: null,
    estimatedHours: report.plan.estimatedHours,
    actualHours: null,
    materials: report.plan.parts.map((name) => ({ name, quantity: 1, unit: "pcs" })),
    checklist: [...report.plan.steps, ...intendedSteps(report.agent, report.plan.steps)].map(
      (text) => ({ text, done: false }),
    ),
    verdict: null,
    createdBy: POLICY,
    createdAt: given.now,
    updatedAt: given.now,
    completedAt: null,
    factoryId: alert.factoryId,
    lineId: alert.lineId,
  };
}
