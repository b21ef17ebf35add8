import { z } from "zod";
import type { Verdict, WorkOrder } from "../model/work-order.ts";
import {
  bilingual,
  bilingualIn,
  faultCategorySchema,
  identifier,
  instantOut,
  instantOutOrNull,
  type Language,
  severitySchema,
  text,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

export const workOrderStatuses = [
  "PROPOSED",
  "OPEN",
  "IN_PROGRESS",
  "ON_HOLD",
  "COMPLETED",
  "CANCELLED",
] as const;
const orderType = z.enum(["EMERGENCY", "PLANNED", "INSPECTION"]);

/** The three questions of a close-out. */
export const verdictSchema = z
  .strictObject({
    alarm: z.enum(["right", "wrong", "unclear"]).describe("Was the alarm right?"),
    cause: faultCategorySchema.describe("What was the cause?"),
    fix: z
      .enum(["repair", "replacement", "adjustment", "cleaning", "none"])
      .describe("What fixed it?"),
    note: text(4000).default(""),
  })
  .meta({ id: "Verdict" });

const material = z.strictObject({
  name: text(100).min(1),
  quantity: z.number().nonnegative(),
  unit: text(20),
});
const orderTexts = z.object({ title: z.string(), description: z.string() });

/** Texts at the top level are in the language asked for (`lang`); `i18n` has both. */
export const workOrderOut = z
  .object({
    order_no: z.string().describe("WO-YYYYMMDD-NNNN"),
    trace_id: z.string().nullable(),
    linked_trace_ids: z.array(z.string()),
    device_id: z.string(),
    order_type: orderType,
    priority: severitySchema,
    status: z.enum(workOrderStatuses),
    fault_category: faultCategorySchema,
    ...orderTexts.shape,
    i18n: z.object({ zh: orderTexts, en: orderTexts }),
    assigned_to: z.string().nullable(),
    estimated_hours: z.number().nullable(),
    actual_hours: z.number().nullable(),
    materials: z.array(material),
    checklist: z.array(z.object({ text: bilingual, done: z.boolean() })),
    verdict: verdictSchema.nullable(),
    rebaseline_offered: z
      .boolean()
      .describe(
        "The verdict says that the machine was changed: its baseline should be learned anew",
      ),
    created_by: z.string(),
    created_at: instantOut,
    updated_at: instantOut,
    completed_at: instantOutOrNull,
  })
  .meta({ id: "WorkOrder" });

export type WorkOrderOut = z.infer<typeof workOrderOut>;

export function workOrderToWire(order: WorkOrder, language: Language): WorkOrderOut {
  const texts = (lang: Language) => ({
    title: order.title[lang],
    description: order.description[lang],
  });
  return {
    order_no: order.orderNo,
    trace_id: order.traceId,
    linked_trace_ids: [...order.linkedTraceIds],
    device_id: order.deviceId,
    order_type: order.orderType,
    priority: order.priority,
    status: order.status,
    fault_category: order.faultCategory,
    ...texts(language),
    i18n: { zh: texts("zh"), en: texts("en") },
    assigned_to: order.assignedTo,
    estimated_hours: order.estimatedHours,
    actual_hours: order.actualHours,
    materials: order.materials.map((item) => ({ ...item })),
    checklist: order.checklist.map((item) => ({ ...item })),
    verdict: order.verdict,
    rebaseline_offered: offersRebaseline(order.verdict),
    created_by: order.createdBy,
    created_at: toIso(order.createdAt),
    updated_at: toIso(order.updatedAt),
    completed_at: toIsoOrNull(order.completedAt),
  };
}

/** A repaired, replaced or adjusted machine may have another healthy level. */
function offersRebaseline(verdict: Verdict | null): boolean {
  return verdict !== null && ["repair", "replacement", "adjustment"].includes(verdict.fix);
}

/** Body of `POST /work-orders`. */
export const workOrderIn = z
  .strictObject({
    device_id: identifier,
    trace_id: text(64).nullable().optional(),
    order_type: orderType.default("PLANNED"),
    priority: severitySchema.default("P2"),
    fault_category: faultCategorySchema.default("unknown"),
    title: bilingualIn(200).optional(),
    description: bilingualIn(4000),
    assigned_to: text(100).nullable().optional(),
    estimated_hours: z.number().nonnegative().nullable().optional(),
  })
  .meta({ id: "WorkOrderInput" });

/** Body of `PATCH /work-orders/{order_no}`. */
export const workOrderPatchIn = z
  .strictObject({
    priority: severitySchema.optional(),
    order_type: orderType.optional(),
    title: bilingualIn(200).optional(),
    description: bilingualIn(4000).optional(),
    assigned_to: text(100).nullable().optional(),
    estimated_hours: z.number().nonnegative().nullable().optional(),
    actual_hours: z.number().nonnegative().nullable().optional(),
    materials: z.array(material).max(100).optional(),
    checklist: z
      .array(z.strictObject({ text: bilingualIn(500), done: z.boolean() }))
      .max(100)
      .optional(),
    reason: text(500).optional(),
  })
  .meta({ id: "WorkOrderPatch" });

/** Body of `POST /work-orders/{order_no}/complete`. */
export const completeIn = z
  .strictObject({
    verdict: verdictSchema,
    actual_hours: z.number().nonnegative().nullable().optional(),
    materials: z.array(material).max(100).optional(),
    reason: text(500).optional().describe("Needed while the alarm is active"),
  })
  .meta({ id: "WorkOrderClosing" });

const precision = z.object({
  name: z.string(),
  right: z.int(),
  wrong: z.int(),
  unclear: z.int(),
  precision: z.number().nullable().describe("right / (right + wrong); null: no verdict yet"),
});

/** How often the alarms behind closed orders were right. */
export const workOrderStatisticsOut = z
  .object({
    closed: z.int(),
    by_detector: z.array(precision),
    by_rule: z.array(precision),
    causes: z.array(z.object({ cause: faultCategorySchema, count: z.int() })),
    confusion: z
      .array(
        z.object({ predicted: faultCategorySchema, found: faultCategorySchema, count: z.int() }),
      )
      .describe("Predicted against found cause"),
    cause_agreement: z
      .number()
      .nullable()
      .describe("Share of closed orders whose diagnosis named the cause found"),
  })
  .meta({ id: "WorkOrderStatistics" });
