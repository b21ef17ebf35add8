import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { WorkOrderRow } from "../../model/records.ts";
import {
  isOpenOrder,
  type Material,
  type Verdict,
  type WorkOrder,
  type WorkOrderEvent,
  workOrderTransitions,
} from "../../model/work-order.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { claimWish } from "./claim-wish.ts";
import { closeOrder } from "./close-order.ts";
import { rememberOrder } from "./order-history.ts";
import { createOrderNumbers } from "./order-numbers.ts";
import { readStatistics, type WorkOrderStatistics } from "./order-statistics.ts";

/** Who acts and why. */
export interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

/** What a person writes of a new order. */
export type WorkOrderDraft = Pick<
  WorkOrder,
  | "deviceId"
  | "traceId"
  | "orderType"
  | "priority"
  | "faultCategory"
  | "title"
  | "description"
  | "assignedTo"
  | "estimatedHours"
>;

/** What may be changed while it is open. */
export type WorkOrderPatch = Partial<
  Pick<
    WorkOrder,
    | "priority"
    | "orderType"
    | "title"
    | "description"
    | "assignedTo"
    | "estimatedHours"
    | "actualHours"
    | "materials"
    | "checklist"
  >
>;

/** The close-out; null keeps hours and materials as they stand. */
export interface WorkOrderClosing extends By {
  readonly verdict: Verdict;
  readonly actualHours: number | null;
  readonly materials: readonly Material[] | null;
}

/**
 * Work orders from proposal to close-out. Every change is one transaction with its history row; what the life
 * cycle does not allow throws STATE_REFUSED and changes nothing.
 */
export interface WorkOrderService {
  get(orderNo: string): Promise<WorkOrderRow>;
  /**
   * OPEN when a person writes it, PROPOSED when the system does. With `wishHash` at most one order is ever made of
   * this wish, by whichever process: CONFLICT for the second, with the order it became.
   */
  create(draft: WorkOrderDraft, by: By & { readonly wishHash?: string }): Promise<WorkOrderRow>;
  patch(orderNo: string, patch: WorkOrderPatch, by: By): Promise<WorkOrderRow>;
  approve(orderNo: string, by: By): Promise<WorkOrderRow>;
  start(orderNo: string, by: By): Promise<WorkOrderRow>;
  hold(orderNo: string, by: By): Promise<WorkOrderRow>;
  cancel(orderNo: string, by: By): Promise<WorkOrderRow>;
  /** While the alarm is still active it needs a reason: REASON_REQUIRED. */
  complete(orderNo: string, closing: WorkOrderClosing): Promise<WorkOrderRow>;
  comment(orderNo: string, options: By & { readonly text: string }): Promise<void>;
  statistics(): Promise<WorkOrderStatistics>;
}

export interface WorkOrderDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly timeZone: string;
  /** Called after the commit of each change. */
  readonly onChange: (order: WorkOrderRow) => void;
}

export function createWorkOrderService(deps: WorkOrderDeps): WorkOrderService {
  const { records, log, onChange } = deps;
  const nextNumber = createOrderNumbers(deps.timeZone);

  const change = async (
    action: string,
    orderNo: string,
    work: (tx: RecordTransaction, order: WorkOrderRow) => Promise<WorkOrderRow>,
  ): Promise<WorkOrderRow> => {
    const order = await records.transaction(async (tx) => work(tx, await getOrder(tx, orderNo)));
    log.info(`order.${action}`, { orderNo, status: order.status });
    onChange(order);
    return order;
  };

  const move =
    (event: WorkOrderEvent) =>
    (orderNo: string, by: By): Promise<WorkOrderRow> =>
      change(event, orderNo, (tx, order) =>
        store(tx, deps, { order, patch: { status: statusAfter(order, event) }, action: event, by }),
      );

  return {
    get: (orderNo) => records.read((tx) => getOrder(tx, orderNo)),
    create: async (draft, by) => {
      const order = await records.transaction((tx) =>
        createOrder(tx, deps, { draft, by, nextNumber }),
      );
      log.info("order.create", { orderNo: order.orderNo, status: order.status });
      onChange(order);
      return order;
    },
    patch: (orderNo, patch, by) =>
      change("patch", orderNo, (tx, order) => {
        if (!isOpenOrder(order.status)) throw refused(order, "change");
        return store(tx, deps, { order, patch, action: "change", by, detail: { ...patch } });
      }),
    approve: move("approve"),
    start: move("start"),
    hold: move("hold"),
    cancel: move("cancel"),
    complete: (orderNo, closing) =>
      change("complete", orderNo, async (tx, order) => {
        const status = statusAfter(order, "complete");
        const now = deps.clock.now();
        await closeOrder(tx, { order, closing, now, ids: deps.ids });
        const patch = {
          status,
          verdict: closing.verdict,
          completedAt: now,
          ...(closing.actualHours === null ? {} : { actualHours: closing.actualHours }),
          ...(closing.materials === null ? {} : { materials: closing.materials }),
        };
        const detail = { verdict: closing.verdict };
        return store(tx, deps, { order, patch, action: "complete", by: closing, detail });
      }),
    comment: async (orderNo, { principal, text }) => {
      await change("comment", orderNo, async (tx, order) => {
        await tx.insert("comment", {
          commentId: deps.ids.next(),
          subject: "order",
          subjectId: orderNo,
          at: deps.clock.now(),
          actor: principal.name,
          text,
        });
        return order;
      });
    },
    statistics: () => records.read(readStatistics),
  };
}

async function getOrder(
  tx: Pick<RecordTransaction, "find">,
  orderNo: string,
): Promise<WorkOrderRow> {
  const order = await tx.find("work_order", { orderNo });
  if (order !== null) return order;
  throw new IaiError("NOT_FOUND", `Cannot find work order "${orderNo}": there is none`);
}

function statusAfter(order: WorkOrderRow, event: WorkOrderEvent): WorkOrderRow["status"] {
  const status = workOrderTransitions[order.status][event];
  if (status === null) throw refused(order, event);
  return status;
}

function refused(order: WorkOrderRow, action: string): IaiError {
  const possible = Object.entries(workOrderTransitions[order.status])
    .filter(([, next]) => next !== null)
    .map(([event]) => event);
  const can = possible.length === 0 ? "nothing" : possible.join(", ");
  return new IaiError(
    "STATE_REFUSED",
    `Cannot ${action} work order "${order.orderNo}": it is ${order.status}, possible is ${can}; nothing was changed`,
    { data: { status: order.status, possible } },
  );
}

interface Storing {
  readonly order: WorkOrderRow;
  readonly patch: Partial<WorkOrderRow>;
  readonly action: string;
  readonly by: By;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Stores a change with its history; refuses when somebody else moved the order in the meantime. */
async function store(
  tx: RecordTransaction,
  deps: WorkOrderDeps,
  { order, patch, action, by, detail }: Storing,
): Promise<WorkOrderRow> {
  const { orderNo, status } = order;
  const now = deps.clock.now();
  const changed = await tx.update("work_order", { orderNo, status }, { ...patch, updatedAt: now });
  if (changed === 0) throw refused(order, action);
  await rememberOrder(tx, deps.ids, {
    orderNo,
    at: now,
    actor: by.principal.name,
    action,
    reason: by.reason,
    ...(detail === undefined ? {} : { detail }),
  });
  return { ...order, ...patch, updatedAt: now };
}

async function createOrder(
  tx: RecordTransaction,
  deps: WorkOrderDeps,
  given: {
    readonly draft: WorkOrderDraft;
    readonly by: By & { readonly wishHash?: string };
    readonly nextNumber: ReturnType<typeof createOrderNumbers>;
  },
): Promise<WorkOrderRow> {
  const { draft, by } = given;
  const device = await tx.find("device_registry", { deviceId: draft.deviceId });
  if (device === null) {
    throw new IaiError(
      "NOT_FOUND",
      `Cannot write an order for "${draft.deviceId}": no such device`,
    );
  }
  await refuseSecondOrder(tx, draft);
  const now = deps.clock.now();
  const order: WorkOrderRow = {
    ...draft,
    orderNo: await given.nextNumber(tx, now),
    linkedTraceIds: [],
    status: by.principal.kind === "system" ? "PROPOSED" : "OPEN",
    actualHours: null,
    materials: [],
    checklist: [],
    verdict: null,
    createdBy: by.principal.name,
    createdAt: now,
    updatedAt: now,
    completedAt: null,
    factoryId: device.factoryId,
    lineId: device.lineId,
  };
  await tx.insert("work_order", order);
  if (by.wishHash !== undefined) await claimWish(tx, by.wishHash, order);
  const entry = { orderNo: order.orderNo, at: now, actor: by.principal.name, reason: by.reason };
  await rememberOrder(tx, deps.ids, { ...entry, action: "create" });
  return order;
}

/** One order per alarm, one open order per device and named fault; what is not named may be several things. */
async function refuseSecondOrder(tx: RecordTransaction, draft: WorkOrderDraft): Promise<void> {
  const { traceId, deviceId, faultCategory } = draft;
  const ofAlarm = traceId === null ? null : await tx.find("work_order", { traceId });
  const open =
    faultCategory === "unknown"
      ? []
      : await tx.list("work_order", {
          where: {
            deviceId,
            faultCategory,
            status: { in: ["PROPOSED", "OPEN", "IN_PROGRESS", "ON_HOLD"] },
          },
          limit: 1,
        });
  const existing = ofAlarm ?? open[0];
  if (existing === undefined) return;
  throw new IaiError(
    "CONFLICT",
    `Cannot write a second order: "${existing.orderNo}" is there for the same ${ofAlarm === null ? "fault of this device" : "alarm"}`,
    { data: { orderNo: existing.orderNo } },
  );
}
