import {
  type McpServer,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { IaiError } from "../../kernel/errors.ts";
import type { Principal } from "../../model/access.ts";
import { alertToWire } from "../../wire/alert.ts";
import { deviceToWire } from "../../wire/device.ts";
import { reportToWire } from "../../wire/report.ts";
import { mayDo } from "../access/role-matrix.ts";
import { findAlert } from "../api/routes/alerts.ts";
import { readStatus } from "../api/routes/device-live.ts";
import { findDevice, scopeWhere, visibleDevices } from "../api/scope.ts";
import type { ApiServices } from "../api/services.ts";
import { plainData } from "./plain-data.ts";

const LIST_MAX = 200;
const JSON_TYPE = "application/json";

interface Card {
  readonly name: string;
  readonly template: string;
  readonly title: string;
  readonly description: string;
  list(): Promise<readonly { readonly uri: string; readonly name: string }[]>;
  read(id: string): Promise<unknown>;
}

/** Device card, alarm and report as JSON; what is outside the scope does not exist. */
export function addResources(server: McpServer, services: ApiServices, principal: Principal): void {
  if (!mayDo(principal.role, "devices.read")) return;
  for (const card of cardsOf(services, principal)) addCard(server, card);
}

function addCard(
  server: McpServer,
  { name, template, title, description, list, read }: Card,
): void {
  const resources = async () => ({
    resources: (await list()).map((entry) => ({ ...entry, mimeType: JSON_TYPE })),
  });
  server.registerResource(
    name,
    new ResourceTemplate(template, { list: resources }),
    { title, description, mimeType: JSON_TYPE },
    async (uri, variables): Promise<ReadResourceResult> => {
      const data = await found(uri.href, read(String(Object.values(variables)[0] ?? "")));
      const text = JSON.stringify(plainData(data));
      return { contents: [{ uri: uri.href, mimeType: JSON_TYPE, text }] };
    },
  );
}

async function found(uri: string, reading: Promise<unknown>): Promise<unknown> {
  try {
    return await reading;
  } catch (failure) {
    if (failure instanceof IaiError && failure.code === "NOT_FOUND")
      throw new ResourceNotFoundError(uri);
    throw failure;
  }
}

function cardsOf(services: ApiServices, principal: Principal): readonly Card[] {
  const { devices, records, clock } = services;
  const openAlerts = async (status: "COMPLETED" | null) => {
    const rows = await records.read((tx) =>
      tx.list("alert_log", {
        where: {
          ...scopeWhere(principal, undefined),
          alarmState: { not: "NORMAL" },
          ...(status === null ? {} : { status }),
        },
        orderBy: [
          ["openedAt", "desc"],
          ["traceId", "desc"],
        ],
        limit: LIST_MAX,
      }),
    );
    return rows.map(({ traceId }) => traceId);
  };
  return [
    {
      name: "device",
      template: "iai://devices/{device_id}",
      title: "Device card",
      description: "Registry entry, limits and present status of a device",
      list: async () =>
        visibleDevices(devices, principal)
          .slice(0, LIST_MAX)
          .map(({ deviceId }) => ({ uri: `iai://devices/${deviceId}`, name: deviceId })),
      read: async (id) => ({
        device: deviceToWire(findDevice(devices, principal, id)),
        status: await readStatus(services, principal, id),
      }),
    },
    {
      name: "alert",
      template: "iai://alerts/{trace_id}",
      title: "Alarm",
      description: "An alarm with the conditions it stands on; the list holds the open ones",
      list: async () =>
        (await openAlerts(null)).map((id) => ({ uri: `iai://alerts/${id}`, name: id })),
      read: async (id) => alertToWire(await findAlert(services, principal, id), clock.now()),
    },
    {
      name: "report",
      template: "iai://reports/{trace_id}",
      title: "Diagnosis report",
      description: "Report of an alarm with its evidence; the list holds those of open alarms",
      list: async () =>
        (await openAlerts("COMPLETED")).map((id) => ({ uri: `iai://reports/${id}`, name: id })),
      read: async (id) => {
        const { traceId } = await findAlert(services, principal, id);
        const report = await records.read((tx) => tx.find("diagnosis_report", { traceId }));
        if (report === null) throw new IaiError("NOT_FOUND", `Cannot find a report of "${id}"`);
        return reportToWire(report, "en");
      },
    },
  ];
}
