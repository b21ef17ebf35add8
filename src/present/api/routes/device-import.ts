import { IaiError } from "../../../kernel/errors.ts";
import type { Device } from "../../../model/device.ts";
import { type DeviceIn, deviceFromWire, deviceIn, deviceToWire } from "../../../wire/device.ts";
import { type DeviceImportOut, deviceImportOut } from "../../../wire/device-import.ts";
import { readCsv, writeCsv } from "../csv.ts";
import { asApiError, invalidRequest } from "../problems.ts";
import { flag, oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { isInScope, visibleDevices } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { throwFaults } from "./devices.ts";

const maxRows = 20_000;

/** Columns of the CSV form: the fields of a device, and `metric.field` for limits of any metric. */
const plainColumns = [
  "device_id",
  "device_name",
  "device_type",
  "factory_id",
  "line_id",
  "location",
  "model",
  "manufacturer",
  "install_date",
  "criticality",
  "rated_temp_max",
  "rated_vibration_max",
  "rated_pressure_max",
  "rated_current_max",
] as const;
const numberColumns = new Set<string>(plainColumns.filter((name) => name.startsWith("rated_")));
const specFields = ["unit", "min", "max", "ll", "l", "h", "hh", "deadband", "period_ms"] as const;
const metricColumn = /^([A-Za-z0-9_.:-]{1,50})\.(unit|min|max|ll|l|h|hh|deadband|period_ms)$/;

type RowOut = DeviceImportOut["rows"][number];

/** The registry as CSV, in and out. */
export function deviceImportRoutes(services: ApiServices): readonly ApiRoute[] {
  return [importDevices(services), exportDevices(services)];
}

function importDevices(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/devices/import",
    action: "devices.write",
    tag: "Devices",
    summary: "Devices from CSV; a dry run (the default) shows what each line would do",
    bodyType: "text/csv",
    query: oneQuery({ dry_run: flag.default(true) }),
    answer: deviceImportOut,
    failures: [400, 413],
    handle: async ({ query, principal, request }) => {
      const lines = readCsv(request.body, { rows: maxRows, things: "devices" });
      const rows: RowOut[] = [];
      for (const [index, line] of lines.entries()) {
        const row = await importLine(services, line, { principal, dryRun: query.dry_run });
        rows.push({ row: index + 1, ...row });
      }
      const count = (action: RowOut["action"]): number =>
        rows.filter((row) => row.action === action).length;
      return {
        dry_run: query.dry_run,
        created: count("create"),
        updated: count("update"),
        refused: count("refuse"),
        rows,
      };
    },
  });
}

/** One line of the table as the body of `POST /devices`; empty cells say nothing. */
function lineToBody(line: Readonly<Record<string, string>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const metrics: Record<string, Record<string, unknown>> = {};
  for (const [column, cell] of Object.entries(line)) {
    if (cell === "") continue;
    const found = metricColumn.exec(column);
    if (found?.[1] !== undefined && found[2] !== undefined) {
      metrics[found[1]] = { ...metrics[found[1]], [found[2]]: numberOr(cell, found[2] !== "unit") };
    } else body[column] = numberOr(cell, numberColumns.has(column));
  }
  return Object.keys(metrics).length === 0 ? body : { ...body, metrics };
}

function numberOr(cell: string, wanted: boolean): string | number {
  const value = Number(cell);
  return wanted && Number.isFinite(value) ? value : cell;
}

async function importLine(
  { devices }: ApiServices,
  line: Readonly<Record<string, string>>,
  options: { readonly principal: Parameters<typeof isInScope>[0]; readonly dryRun: boolean },
): Promise<Omit<RowOut, "row">> {
  const { device_id: deviceId = null } = line;
  try {
    const parsed = deviceIn.safeParse(lineToBody(line));
    if (!parsed.success) throw invalidRequest(parsed.error);
    const existing = devices.find(parsed.data.device_id);
    await apply({ devices }, parsed.data, { ...options, existing });
    return { device_id: deviceId, action: existing === null ? "create" : "update", errors: [] };
  } catch (failure) {
    const error = asApiError(failure);
    if (error.code === "INTERNAL") throw error;
    const { errors: found } = error.data as { errors?: { field: string; detail: string }[] };
    const errors = (found ?? [{ field: "(the line)", detail: error.message }]).map((each) => ({
      ...each,
      code: error.code,
    }));
    return { device_id: deviceId, action: "refuse", errors };
  }
}

async function apply(
  { devices }: Pick<ApiServices, "devices">,
  body: DeviceIn,
  options: {
    readonly principal: Parameters<typeof isInScope>[0];
    readonly dryRun: boolean;
    readonly existing: Device | null;
  },
): Promise<void> {
  const { principal, dryRun, existing } = options;
  const { input, faults } = deviceFromWire(body, existing);
  throwFaults(faults);
  const place = { deviceId: body.device_id, factoryId: body.factory_id, lineId: body.line_id };
  if (!isInScope(principal, place) || (existing !== null && !isInScope(principal, existing)))
    throw new IaiError("FORBIDDEN", "Cannot write this device: it is not your line");
  if (dryRun) return;
  if (existing !== null && !existing.autoRegistered) {
    await devices.patch(body.device_id, input, principal.name);
    return;
  }
  const named = { ...place, deviceName: body.device_name, deviceType: body.device_type };
  const metrics = input.metrics ?? existing?.metrics ?? {};
  await devices.put({ ...input, ...named, metrics }, principal.name);
}

function exportDevices({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/export",
    action: "devices.read",
    tag: "Devices",
    summary: "The registry as CSV, in the form that the import reads",
    query: oneQuery({}),
    answer: null,
    answerType: "text/csv",
    handle: async ({ principal, reply }) => {
      void reply.type("text/csv; charset=utf-8");
      void reply.header("content-disposition", 'attachment; filename="devices.csv"');
      return devicesToCsv(visibleDevices(devices, principal));
    },
  });
}

function devicesToCsv(devices: readonly Device[]): string {
  const metrics = [...new Set(devices.flatMap((device) => Object.keys(device.metrics)))].sort();
  const header = [
    ...plainColumns,
    ...metrics.flatMap((name) => specFields.map((field) => `${name}.${field}`)),
  ];
  const rows = devices.map((device) => {
    const wire = deviceToWire(device);
    const cells = [
      ...plainColumns.map((name) => wire[name]),
      ...metrics.flatMap((name) => specFields.map((field) => wire.metrics[name]?.[field] ?? null)),
    ];
    return cells;
  });
  return writeCsv(header, rows);
}
