import { DAY, type DeviceId, type EpochMs, MINUTE } from "../../../model/basics.ts";
import type { AlertRow } from "../../../model/records.ts";
import type { WorkOrderStatus } from "../../../model/work-order.ts";
import { knowledgeEvidence } from "../context-evidence.ts";
import type { EvidenceDraft } from "../evidence-draft.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import { createFetchTelemetryData } from "../tools/fetch-telemetry-data.ts";
import { createGetAlertHistory } from "../tools/get-alert-history.ts";
import { createGetWorkOrders } from "../tools/get-work-orders.ts";
import { createQueryDeviceStatus } from "../tools/query-device-status.ts";
import { createSearchMaintenanceKb } from "../tools/search-maintenance-kb.ts";
import type { ArgumentSpecs, ToolArguments } from "./tool-arguments.ts";
import { historyDraft, orderDrafts, statisticsDrafts, statusDraft } from "./tool-evidence.ts";

/** What the tools of one diagnosis are bound to. */
export interface ToolScope {
  readonly alert: Pick<AlertRow, "deviceId" | "alertType" | "alertLevel">;
  /** False: a device is looked at and no alarm of it, so none of its alarms is left out of its history. */
  readonly isAlarm?: boolean;
  /** Event time the evidence ends at. */
  readonly until: EpochMs;
  readonly deviceType: string;
  /** Devices that may be read: the alarm's own first, then its line. */
  readonly devices: readonly DeviceId[];
}

/** What came of one call: new facts, and beside them texts that help to choose among them. */
export interface ToolResult {
  readonly drafts: readonly EvidenceDraft[];
  readonly beside: unknown;
}

/** A read tool of the diagnostic agent. It writes nothing and sees one line. */
export interface AgentTool {
  readonly name: string;
  readonly description: string;
  readonly specs: ArgumentSpecs;
  run(args: ToolArguments, scope: ToolScope, deps: EvidenceDeps): Promise<ToolResult>;
}

const KB_SHOWN = 5;
const device = {
  type: "device",
  about: "The alarm's device (the default) or another one of its line",
} as const;

const only = (drafts: readonly EvidenceDraft[]): ToolResult => ({ drafts, beside: null });

function deviceOf(args: ToolArguments, scope: ToolScope): DeviceId {
  return typeof args["device_id"] === "string" ? args["device_id"] : scope.alert.deviceId;
}

function numberOf(args: ToolArguments, name: string, otherwise: number): number {
  const value = args[name];
  return typeof value === "number" ? value : otherwise;
}

const queryDeviceStatus: AgentTool = {
  name: "query_device_status",
  description: "Mode, type and detector state of a device",
  specs: { device_id: device },
  run: async (args, scope, deps) => {
    const deviceId = deviceOf(args, scope);
    const status = await createQueryDeviceStatus(deps)({ deviceId });
    return only([statusDraft(deviceId, status)]);
  },
};

const fetchTelemetryData: AgentTool = {
  name: "fetch_telemetry_data",
  description: "Statistics per metric of the minutes before the alarm: mean, extremes, slope, last",
  specs: {
    device_id: device,
    window_mins: { type: "number", min: 1, max: 1440, about: "Minutes before the alarm; 60" },
  },
  run: async (args, scope, deps) => {
    const deviceId = deviceOf(args, scope);
    const windowMs = numberOf(args, "window_mins", 60) * MINUTE;
    const own = deviceId === scope.alert.deviceId;
    const { until } = scope;
    const [window, status] = await Promise.all([
      createFetchTelemetryData(deps)({ deviceId, windowMs, until }),
      createQueryDeviceStatus(deps)({ deviceId }),
    ]);
    const from = until - windowMs;
    return only(statisticsDrafts({ deviceId, own, from, to: until, window, status }));
  },
};

const searchMaintenanceKb: AgentTool = {
  name: "search_maintenance_kb",
  description: "Fault patterns of this type of device, with the signs that tell them apart",
  specs: { keyword: { type: "text", maxLength: 100, about: "Chinese or English; all without" } },
  run: async (args, scope, deps) => {
    const keyword = typeof args["keyword"] === "string" ? args["keyword"] : "";
    const { deviceType } = scope;
    const found = await createSearchMaintenanceKb(deps)({ deviceType, keyword });
    const entries = found.filter((entry) => entry.status === "ACTIVE").slice(0, KB_SHOWN);
    return {
      drafts: entries.map(knowledgeEvidence),
      beside: entries.map(({ kbId, category, symptoms, discriminators, signs }) => ({
        kb_id: kbId,
        category,
        symptoms: symptoms.en,
        discriminators: discriminators.map(({ en }) => en).slice(0, 3),
        signs,
      })),
    };
  },
};

const getAlertHistory: AgentTool = {
  name: "get_alert_history",
  description: "How often the device alarmed before, and what people found",
  specs: {
    device_id: device,
    days: { type: "number", min: 1, max: 365, about: "Days before the alarm; 30" },
  },
  run: async (args, scope, deps) => {
    const deviceId = deviceOf(args, scope);
    const days = numberOf(args, "days", 30);
    const { until } = scope;
    const { alertType } = scope.alert;
    const history = await createGetAlertHistory(deps)({ deviceId, alertType, days, until });
    const own = scope.isAlarm !== false && deviceId === scope.alert.deviceId;
    const window = { from: until - days * DAY, to: until };
    return only([historyDraft({ deviceId, own, days, history, window })]);
  },
};

const statuses: readonly WorkOrderStatus[] = [
  "PROPOSED",
  "OPEN",
  "IN_PROGRESS",
  "ON_HOLD",
  "COMPLETED",
  "CANCELLED",
];

const getWorkOrders: AgentTool = {
  name: "get_work_orders",
  description: "Newest work orders of the device: type, priority, status, fault category",
  specs: { device_id: device, status: { type: "choice", of: statuses, about: "Only these" } },
  run: async (args, scope, deps) => {
    const deviceId = deviceOf(args, scope);
    const status = statuses.find((each) => each === args["status"]);
    const asked = status === undefined ? { deviceId } : { deviceId, status };
    return only(orderDrafts(deviceId, await createGetWorkOrders(deps)(asked)));
  },
};

/** In the order in which a model is told of them. */
export const agentTools: readonly AgentTool[] = [
  queryDeviceStatus,
  fetchTelemetryData,
  searchMaintenanceKb,
  getAlertHistory,
  getWorkOrders,
];
