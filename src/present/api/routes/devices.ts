import type { z } from "zod";
import { IaiError } from "../../../kernel/errors.ts";
import { type Device, type DeviceInput, isProtected } from "../../../model/device.ts";
import { identifier, listOf, pageOf, text } from "../../../wire/basics.ts";
import {
  type DeviceFault,
  deviceFromWire,
  deviceIn,
  deviceOut,
  devicePatchIn,
  deviceToWire,
  modeIn,
} from "../../../wire/device.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { flag, listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute, param } from "../route.ts";
import { findDevice, isInScope, visibleDevices } from "../scope.ts";
import type { ApiServices } from "../services.ts";

const criticalities = ["A", "B", "C"] as const;
const filters = {
  factory_id: identifier.optional(),
  line_id: identifier.optional(),
  device_type: text(50).optional(),
  criticality: listOf(criticalities).optional(),
  protected: flag.optional(),
  auto_registered: flag.optional(),
  q: text(100).optional().describe("Part of the id, the name or the location"),
};
type Filters = z.output<z.ZodObject<typeof filters>>;

/** The registry of machines. */
export function deviceRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    listDevices(services),
    getDevice(services),
    postDevice(services),
    patchDevice(services),
    postMode(services),
  ];
}

function listDevices({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices",
    action: "devices.read",
    tag: "Devices",
    summary: "The registry, by device id",
    query: listQuery(filters),
    answer: pageOf(deviceOut),
    handle: async ({ query, principal }) => {
      const found = visibleDevices(devices, principal).filter((device) => isAsked(device, query));
      const { items, next } = pageOfDevices(found, query);
      return pageAnswer(items.map(deviceToWire), next, query.limit);
    },
  });
}

/** A page of devices in order of their ids. */
export function pageOfDevices(
  found: readonly Device[],
  query: { readonly cursor?: string | undefined; readonly limit: number },
): { readonly items: readonly Device[]; readonly next: string | null } {
  const after = query.cursor === undefined ? "" : String(decodeCursor(query.cursor, ["string"])[0]);
  const rest = after === "" ? found : found.filter((device) => device.deviceId > after);
  const items = rest.slice(0, query.limit);
  const last = items.at(-1);
  const more = rest.length > items.length && last !== undefined;
  return { items, next: more ? encodeCursor([last.deviceId]) : null };
}

function isAsked(device: Device, query: Filters): boolean {
  if (query.factory_id !== undefined && device.factoryId !== query.factory_id) return false;
  if (query.line_id !== undefined && device.lineId !== query.line_id) return false;
  if (query.device_type !== undefined && device.deviceType !== query.device_type) return false;
  if (query.criticality !== undefined && !query.criticality.includes(device.criticality))
    return false;
  if (query.protected !== undefined && isProtected(device.metrics) !== query.protected)
    return false;
  if (query.auto_registered !== undefined && device.autoRegistered !== query.auto_registered)
    return false;
  if (query.q === undefined) return true;
  const wanted = query.q.toLowerCase();
  return [device.deviceId, device.deviceName, device.location ?? ""].some((name) =>
    name.toLowerCase().includes(wanted),
  );
}

function getDevice({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/devices/:device_id",
    action: "devices.read",
    tag: "Devices",
    summary: "One device",
    query: oneQuery({}),
    answer: deviceOut,
    failures: [404],
    handle: async (context) =>
      deviceToWire(findDevice(devices, context.principal, param(context, "device_id"))),
  });
}

function postDevice({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/devices",
    action: "devices.write",
    tag: "Devices",
    summary: "Register a device (201), or complete an automatically registered one (200)",
    body: deviceIn,
    answer: deviceOut,
    status: 201,
    failures: [409],
    handle: async ({ body, principal, reply }) => {
      const existing = devices.find(body.device_id);
      if (existing !== null && !isInScope(principal, existing))
        throw new IaiError("CONFLICT", `Cannot register "${body.device_id}": it exists already`);
      const { input, faults } = deviceFromWire(body, existing);
      throwFaults(faults);
      const whole: DeviceInput = {
        ...input,
        deviceId: body.device_id,
        deviceName: body.device_name,
        deviceType: body.device_type,
        factoryId: body.factory_id,
        lineId: body.line_id,
        metrics: input.metrics ?? existing?.metrics ?? {},
      };
      if (!isInScope(principal, whole))
        throw new IaiError("FORBIDDEN", `Cannot register "${body.device_id}": it is not your line`);
      const { device, created } = await devices.put(whole, principal.name);
      void reply.code(created ? 201 : 200);
      return deviceToWire(device);
    },
  });
}

/** The first thing that is wrong with a device, as an error. */
export function throwFaults(faults: readonly DeviceFault[]): void {
  const first = faults[0];
  if (first === undefined) return;
  throw new IaiError(
    first.code,
    `Cannot accept the device: "${first.field}" ${first.detail}; nothing was changed`,
    {
      data: { field: first.field, errors: faults.map(({ field, detail }) => ({ field, detail })) },
    },
  );
}

function patchDevice({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "PATCH",
    path: "/devices/:device_id",
    action: "devices.write",
    tag: "Devices",
    summary: "Change a device; only what is given changes, null takes a limit away",
    body: devicePatchIn,
    answer: deviceOut,
    failures: [404],
    handle: async (context) => {
      const { principal } = context;
      const device = findDevice(devices, principal, param(context, "device_id"));
      const { input, faults } = deviceFromWire(context.body, device);
      throwFaults(faults);
      if (!isInScope(principal, { ...device, ...input }))
        throw new IaiError("FORBIDDEN", "Cannot move the device: the target is not your line");
      return deviceToWire(await devices.patch(device.deviceId, input, principal.name));
    },
  });
}

function postMode({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "POST",
    path: "/devices/:device_id/mode",
    action: "devices.mode",
    tag: "Devices",
    summary: "Say in which mode the machine is",
    body: modeIn,
    answer: deviceOut,
    failures: [404],
    handle: async (context) => {
      const { body, principal } = context;
      const { deviceId } = findDevice(devices, principal, param(context, "device_id"));
      const device = await devices.setMode(deviceId, body.mode, {
        actor: principal.name,
        source: "person",
        reason: body.reason ?? null,
      });
      return deviceToWire(device);
    },
  });
}
