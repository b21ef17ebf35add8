import type { DeviceId } from "../../model/basics.ts";
import type {
  AlertRow,
  AuditRow,
  QuarantineRow,
  ReportRow,
  WorkOrderRow,
} from "../../model/records.ts";
import type { ListQuery, RecordStore } from "../../ports/record-store.ts";
import type { ExportRange } from "./export-rows.ts";

const PAGE = 500;

type Records = Pick<RecordStore, "read">;

/** The device asked for, or every registered one by its id. */
export function deviceIds(records: Records, { deviceId }: ExportRange): AsyncGenerator<DeviceId> {
  if (deviceId !== null) return one(deviceId);
  return registeredIds(records);
}

async function* one(deviceId: DeviceId): AsyncGenerator<DeviceId> {
  yield deviceId;
}

async function* registeredIds(records: Records): AsyncGenerator<DeviceId> {
  const rows = paged((after: { readonly deviceId: DeviceId } | null) => {
    const query: ListQuery<"device_registry"> = {
      ...(after === null ? {} : { where: { deviceId: { gt: after.deviceId } } }),
      orderBy: [["deviceId", "asc"]],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("device_registry", query));
  });
  for await (const { deviceId } of rows) yield deviceId;
}

export function alertRows(records: Records, range: ExportRange): AsyncGenerator<AlertRow> {
  return paged((after) => {
    const query: ListQuery<"alert_log"> = {
      where: { openedAt: within(range), ...ofDevice(range) },
      ...(after === null
        ? {}
        : {
            any: [
              { openedAt: { gt: after.openedAt } },
              { openedAt: after.openedAt, traceId: { gt: after.traceId } },
            ],
          }),
      orderBy: [
        ["openedAt", "asc"],
        ["traceId", "asc"],
      ],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("alert_log", query));
  });
}

export function reportRows(records: Records, range: ExportRange): AsyncGenerator<ReportRow> {
  return paged((after) => {
    const query: ListQuery<"diagnosis_report"> = {
      where: { createdAt: within(range), ...ofDevice(range) },
      ...(after === null
        ? {}
        : {
            any: [
              { createdAt: { gt: after.createdAt } },
              { createdAt: after.createdAt, traceId: { gt: after.traceId } },
            ],
          }),
      orderBy: [
        ["createdAt", "asc"],
        ["traceId", "asc"],
      ],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("diagnosis_report", query));
  });
}

export function workOrderRows(records: Records, range: ExportRange): AsyncGenerator<WorkOrderRow> {
  return paged((after) => {
    const query: ListQuery<"work_order"> = {
      where: { createdAt: within(range), ...ofDevice(range) },
      ...(after === null
        ? {}
        : {
            any: [
              { createdAt: { gt: after.createdAt } },
              { createdAt: after.createdAt, orderNo: { gt: after.orderNo } },
            ],
          }),
      orderBy: [
        ["createdAt", "asc"],
        ["orderNo", "asc"],
      ],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("work_order", query));
  });
}

export function quarantineRows(
  records: Records,
  range: ExportRange,
): AsyncGenerator<QuarantineRow> {
  return paged((after) => {
    const query: ListQuery<"quarantine"> = {
      where: { at: within(range), ...ofDevice(range) },
      ...(after === null
        ? {}
        : {
            any: [
              { at: { gt: after.at } },
              { at: after.at, quarantineId: { gt: after.quarantineId } },
            ],
          }),
      orderBy: [
        ["at", "asc"],
        ["quarantineId", "asc"],
      ],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("quarantine", query));
  });
}

export function auditRows(records: Records, range: ExportRange): AsyncGenerator<AuditRow> {
  return paged((after) => {
    const query: ListQuery<"audit_log"> = {
      where: { at: within(range), ...(after === null ? {} : { number: { gt: after.number } }) },
      orderBy: [["number", "asc"]],
      limit: PAGE,
    };
    return records.read((tx) => tx.list("audit_log", query));
  });
}

/** Rows page by page; `page` gives what comes after a row, or the beginning. */
async function* paged<R>(page: (after: R | null) => Promise<readonly R[]>): AsyncGenerator<R> {
  let after: R | null = null;
  for (;;) {
    const rows: readonly R[] = await page(after);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1) ?? null;
  }
}

function within({ from, to }: ExportRange): { readonly gte: number; readonly lt: number } {
  return { gte: from, lt: to };
}

function ofDevice({ deviceId }: ExportRange): { readonly deviceId?: DeviceId } {
  return deviceId === null ? {} : { deviceId };
}
