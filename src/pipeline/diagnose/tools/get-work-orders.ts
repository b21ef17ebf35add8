import type { DeviceId } from "../../../model/basics.ts";
import type { WorkOrderRow } from "../../../model/records.ts";
import type { WorkOrderStatus } from "../../../model/work-order.ts";
import type { RecordStore } from "../../../ports/record-store.ts";

/** Reads the newest 50 work orders of one device, newest first. */
export function createGetWorkOrders(deps: {
  readonly records: RecordStore;
}): (args: {
  readonly deviceId: DeviceId;
  readonly status?: WorkOrderStatus;
}) => Promise<readonly WorkOrderRow[]> {
  return ({ deviceId, status }) =>
    deps.records.read((tx) =>
      tx.list("work_order", {
        where: { deviceId, ...(status === undefined ? {} : { status }) },
        orderBy: [["createdAt", "desc"]],
        limit: 50,
      }),
    );
}
