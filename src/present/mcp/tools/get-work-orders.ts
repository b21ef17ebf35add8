import { z } from "zod";
import { identifier } from "../../../wire/basics.ts";
import { workOrderOut, workOrderStatuses, workOrderToWire } from "../../../wire/work-order.ts";
import { findDevice, scopeWhere } from "../../api/scope.ts";
import { defineTool } from "../tool.ts";

const ORDERS_MAX = 50;

const entryOut = workOrderOut.pick({
  order_no: true,
  trace_id: true,
  order_type: true,
  priority: true,
  status: true,
  fault_category: true,
  title: true,
  description: true,
  assigned_to: true,
  estimated_hours: true,
  verdict: true,
  created_by: true,
  created_at: true,
  completed_at: true,
});

/** Work orders of one device. */
export const getWorkOrders = defineTool({
  name: "get_work_orders",
  title: "Work orders",
  description: "Work orders of a device, newest first; of one status where it is given.",
  action: "orders.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({
    device_id: identifier,
    status: z.enum(workOrderStatuses).optional(),
  }),
  output: z.object({
    device_id: identifier,
    total: z.int(),
    items: z.array(entryOut).describe(`The newest ${ORDERS_MAX}`),
  }),
  answer: async ({ device_id, status }, { services, principal }) => {
    const { deviceId } = findDevice(services.devices, principal, device_id);
    const where = {
      ...scopeWhere(principal, deviceId),
      ...(status === undefined ? {} : { status }),
    };
    const found = await services.records.read(async (tx) => ({
      total: await tx.count("work_order", { where }),
      rows: await tx.list("work_order", {
        where,
        orderBy: [
          ["createdAt", "desc"],
          ["orderNo", "desc"],
        ],
        limit: ORDERS_MAX,
      }),
    }));
    const items = found.rows.map((order) => entryOut.parse(workOrderToWire(order, "en")));
    return { device_id: deviceId, total: found.total, items };
  },
});
