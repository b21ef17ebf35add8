import { z } from "zod";
import { identifier, severitySchema, text } from "../../wire/basics.ts";
import { workOrderStatuses } from "../../wire/work-order.ts";
import type { Proposed } from "./proposals.ts";

/** Argument of every tool that writes. */
export const idempotencyKeyIn = text(64)
  .min(1)
  .optional()
  .describe(
    "The same key and arguments again answer the same proposal; without one the arguments are the key while it waits",
  );

/** A proposal as it stands. */
export const proposalOut = z.object({
  order_no: z.string(),
  device_id: identifier,
  priority: severitySchema,
  status: z.enum(workOrderStatuses).describe("PROPOSED until a person decides"),
  repeated: z.boolean().describe("True: it was there already, nothing was written"),
});

export function proposalToWire({ order, repeated }: Proposed): z.infer<typeof proposalOut> {
  const { orderNo, deviceId, priority, status } = order;
  return { order_no: orderNo, device_id: deviceId, priority, status, repeated };
}
