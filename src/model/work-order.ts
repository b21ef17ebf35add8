import type { Severity } from "./alarm.ts";
import type { DeviceId, EpochMs, TraceId } from "./basics.ts";
import type { FaultCategory } from "./diagnosis.ts";

export type WorkOrderType = "EMERGENCY" | "PLANNED" | "INSPECTION";
export type WorkOrderStatus =
  | "PROPOSED"
  | "OPEN"
  | "IN_PROGRESS"
  | "ON_HOLD"
  | "COMPLETED"
  | "CANCELLED";
export type WorkOrderEvent = "approve" | "start" | "hold" | "complete" | "cancel";

// biome-ignore format: a table should look like one
export const workOrderTransitions: Record<WorkOrderStatus, Record<WorkOrderEvent, WorkOrderStatus | null>> = {
  PROPOSED:    { approve: "OPEN", start: null,          hold: null,      complete: null,        cancel: "CANCELLED" },
  OPEN:        { approve: null,   start: "IN_PROGRESS", hold: "ON_HOLD", complete: "COMPLETED", cancel: "CANCELLED" },
  IN_PROGRESS: { approve: null,   start: null,          hold: "ON_HOLD", complete: "COMPLETED", cancel: "CANCELLED" },
  ON_HOLD:     { approve: null,   start: "IN_PROGRESS", hold: null,      complete: "COMPLETED", cancel: "CANCELLED" },
  COMPLETED:   { approve: null,   start: null,          hold: null,      complete: null,        cancel: null },
  CANCELLED:   { approve: null,   start: null,          hold: null,      complete: null,        cancel: null },
};

/** True while somebody still has to do something about it. */
export function isOpenOrder(status: WorkOrderStatus): boolean {
  return status !== "COMPLETED" && status !== "CANCELLED";
}

/** The three questions of a close-out. */
export interface Verdict {
  /** Was the alarm right? */
  readonly alarm: "right" | "wrong" | "unclear";
  readonly cause: FaultCategory;
  readonly fix: "repair" | "replacement" | "adjustment" | "cleaning" | "none";
  readonly note: string;
}

export interface ChecklistItem {
  readonly text: { readonly zh: string; readonly en: string };
  readonly done: boolean;
}

export interface Material {
  readonly name: string;
  readonly quantity: number;
  readonly unit: string;
}

export interface WorkOrder {
  /** WO-YYYYMMDD-NNNN, day of the plant's time zone. */
  readonly orderNo: string;
  /** The alarm it came from; null for an order a person wrote. */
  readonly traceId: TraceId | null;
  /** Later alarms of the same device and fault category. */
  readonly linkedTraceIds: readonly TraceId[];
  readonly deviceId: DeviceId;
  readonly orderType: WorkOrderType;
  readonly priority: Severity;
  readonly status: WorkOrderStatus;
  readonly faultCategory: FaultCategory;
  readonly title: { readonly zh: string; readonly en: string };
  readonly description: { readonly zh: string; readonly en: string };
  readonly assignedTo: string | null;
  readonly estimatedHours: number | null;
  readonly actualHours: number | null;
  readonly materials: readonly Material[];
  readonly checklist: readonly ChecklistItem[];
  readonly verdict: Verdict | null;
  readonly createdBy: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly completedAt: EpochMs | null;
}
