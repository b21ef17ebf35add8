import { z } from "zod";
import type { Principal } from "../../../model/access.ts";
import { isActive } from "../../../model/alarm.ts";
import { isProtected } from "../../../model/device.ts";
import type { AlertRow } from "../../../model/records.ts";
import { healthIndex } from "../../../pipeline/predict/health-index.ts";
import { identifier, pageOf, text, toIsoOrNull } from "../../../wire/basics.ts";
import {
  baselineOut,
  baselineToWire,
  type DeviceStatusOut,
  deviceStatusOut,
  deviceStatusToWire,
} from "../../../wire/device-status.ts";
import { summaryOut } from "../../../wire/operations.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { findDevice, scopeWhere, visibleDevices } from "../scope.ts";
import type { ApiServices } from "../services.ts";
import { pageOfDevices } from "./devices.ts";
import { historyRoute } from "./stories.ts";

const reasonIn = z.strictObject({ reason: text(500).optional() });
const doneOut = z.object({ device_id: z.string(), done: z.literal(true) });
/** Alarms that stand, at most: beyond this a plant has other problems than this list. */
const standingLimit = 10_000;

/** How machines stand now, and what they have learned. */
export function deviceLiveRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    listStatuses(services),
    getStatus(services),
    getBaseline(services),
    postRebaseline(services),
    postAccept(services),
    historyRoute(services, {
      subject: "device",
      path: "/devices/:device_id",
      idParam: "device_id",
      action: "devices.read",
      tag: "Devices",
      resolve: async (principal, id) => findDevice(services.devices, principal, id).deviceId,
    }),
    getSummary(services),
  ];
}

/** Alarms of these devices that are active or not yet acknowledged, by device. */
async function standingAlerts(
  { records }: ApiServices,
  where: Parameters<typeof scopeWhere>,
): Promise<ReadonlyMap<string, readonly AlertRow[]>> {
  const rows = await records.read((tx) =>
    tx.list("alert_log", {
      where: { alarmState: { not: "NORMAL" }, ...scopeWhere(...where) },
      orderBy: [["openedAt", "desc"]],
      limit: standingLimit,
    }),
  );
  const byDevice = new Map<string, AlertRow[]>();
  for (const row of rows) {
    const list = byDevice.get(row.deviceId);
    if (list === undefined) byDevice.set(row.deviceId, [row]);
    else list.push(row);
  }
  return byDevice;
}

function listStatuses(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/status",
    action: "devices.read",
    tag: "Devices",
    summary: "How every device stands now",
    query: listQuery({ line_id: identifier.optional(), factory_id: identifier.optional() }),
    answer: pageOf(deviceStatusOut),
    handle: async ({ query, principal }) => {
      const { line_id, factory_id } = query;
      const found = visibleDevices(services.devices, principal).filter(
        (device) =>
          (line_id === undefined || device.lineId === line_id) &&
          (factory_id === undefined || device.factoryId === factory_id),
      );
      const { items, next } = pageOfDevices(found, query);
      const alerts = await standingAlerts(services, [principal, undefined]);
      const views = services.views();
      const now = services.clock.now();
      const rows = items.map((device) =>
        deviceStatusToWire({
          device,
          view: views.get(device.deviceId) ?? null,
          health: healthIndex(views.get(device.deviceId) ?? null, device.metrics),
          alerts: alerts.get(device.deviceId) ?? [],
          now,
        }),
      );
      return pageAnswer(rows, next, query.limit);
    },
  });
}

function getStatus(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/:device_id/status",
    action: "devices.read",
    tag: "Devices",
    summary: "How one device stands now",
    query: oneQuery({}),
    answer: deviceStatusOut,
    failures: [404],
    handle: (context) => readStatus(services, context.principal, param(context, "device_id")),
  });
}

/** How the device stands, if this principal may see it. */
export async function readStatus(
  services: ApiServices,
  principal: Principal,
  deviceId: string,
): Promise<DeviceStatusOut> {
  const device = findDevice(services.devices, principal, deviceId);
  const [view, alerts] = await Promise.all([
    services.view(device.deviceId),
    standingAlerts(services, [principal, device.deviceId]),
  ]);
  return deviceStatusToWire({
    device,
    view,
    health: healthIndex(view, device.metrics),
    alerts: alerts.get(device.deviceId) ?? [],
    now: services.clock.now(),
  });
}

function getBaseline(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/:device_id/baseline",
    action: "devices.read",
    tag: "Devices",
    summary: "What the device has learned to be healthy",
    query: oneQuery({}),
    answer: baselineOut,
    failures: [404],
    handle: async (context) => {
      const device = findDevice(services.devices, context.principal, param(context, "device_id"));
      return baselineToWire(device, await services.view(device.deviceId));
    },
  });
}

function postRebaseline(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/devices/:device_id/rebaseline",
    action: "baselines.write",
    tag: "Devices",
    summary: "Learn anew what is healthy, after a repair or a replacement",
    body: reasonIn,
    answer: doneOut,
    failures: [404],
    handle: async (context) => {
      const { principal, body } = context;
      const { deviceId } = findDevice(services.devices, principal, param(context, "device_id"));
      await services.steps.rebaseline(deviceId, { principal, reason: body.reason ?? null });
      return { device_id: deviceId, done: true };
    },
  });
}

function postAccept(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/devices/:device_id/baseline/accept",
    action: "baselines.write",
    tag: "Devices",
    summary: "Accept a provisional baseline; it is active once it has settled",
    body: reasonIn,
    answer: doneOut,
    failures: [404],
    handle: async (context) => {
      const { principal, body } = context;
      const { deviceId } = findDevice(services.devices, principal, param(context, "device_id"));
      await services.steps.acceptBaseline(deviceId, { principal, reason: body.reason ?? null });
      return { device_id: deviceId, done: true };
    },
  });
}

function getSummary(services: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/summary",
    action: "devices.read",
    tag: "Devices",
    summary: "What stands, what is hidden, what is to do",
    query: oneQuery({}),
    answer: summaryOut,
    handle: async ({ principal }) => {
      const { records, clock } = services;
      const scope = scopeWhere(principal, undefined);
      const [byDevice, proposed, open] = await Promise.all([
        standingAlerts(services, [principal, undefined]),
        records.read((tx) => tx.count("work_order", { where: { status: "PROPOSED", ...scope } })),
        records.read((tx) =>
          tx.count("work_order", {
            where: { status: { in: ["OPEN", "IN_PROGRESS", "ON_HOLD"] }, ...scope },
          }),
        ),
      ]);
      const devices = visibleDevices(services.devices, principal);
      const views = services.views();
      const seen = devices.flatMap((device) => views.get(device.deviceId) ?? []);
      const newest = seen.reduce<number | null>(
        (at, view) => (at === null || view.last.timestamp > at ? view.last.timestamp : at),
        null,
      );
      return {
        ...countAlarms([...byDevice.values()].flat(), clock.now()),
        orders: { proposed, open },
        devices: devices.length,
        unprotected_devices: devices.filter((device) => !isProtected(device.metrics)).length,
        deviating_devices: seen.filter((view) => view.sample.state === "deviation").length,
        newest_reading_at: toIsoOrNull(newest),
      };
    },
  });
}

/** Hidden alarms are counted apart: what is hidden is never forgotten. */
function countAlarms(rows: readonly AlertRow[], now: number) {
  const active = { P0: 0, P1: 0, P2: 0, P3: 0 };
  let [unacknowledged, shelved, suppressed, outOfService] = [0, 0, 0, 0];
  for (const row of rows) {
    if (row.shelvedUntil !== null && row.shelvedUntil > now) shelved += 1;
    else if (row.suppressed) suppressed += 1;
    else if (row.outOfService) outOfService += 1;
    else {
      if (isActive(row.alarmState)) active[row.alertLevel] += 1;
      if (row.alarmState !== "ACK_ACTIVE") unacknowledged += 1;
    }
  }
  return { active, unacknowledged, shelved, suppressed, out_of_service: outOfService };
}
