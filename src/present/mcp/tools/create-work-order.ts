import { z } from "zod";
import { identifier, severitySchema, text } from "../../../wire/basics.ts";
import { idempotencyKeyIn, proposalOut, proposalToWire } from "../proposal-wire.ts";
import { defineTool } from "../tool.ts";

/** Proposes a work order; a person says yes or no. */
export const createWorkOrder = defineTool({
  name: "create_work_order",
  title: "Propose a work order",
  description:
    "Writes a work order in status PROPOSED: nobody works on it before a person approves it. The same call again answers the same order. Say in the description which evidence it stands on.",
  action: "orders.handle",
  scope: "iai:workorder",
  proposes: true,
  input: z.strictObject({
    device_id: identifier,
    priority: severitySchema,
    description: text(4000).min(1),
    idempotency_key: idempotencyKeyIn,
  }),
  output: proposalOut,
  answer: async ({ device_id, priority, description, idempotency_key }, call) => {
    const proposed = await call.proposals.propose(call.principal, {
      tool: "create_work_order",
      deviceId: device_id,
      priority,
      title: { zh: `${device_id}：经 MCP 提议的工单`, en: `${device_id}: order proposed over MCP` },
      description: { zh: description, en: description },
      key: idempotency_key ?? null,
    });
    return proposalToWire(proposed);
  },
});
