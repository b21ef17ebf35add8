import type { McpTool } from "./tool.ts";
import { createWorkOrder } from "./tools/create-work-order.ts";
import { fetchTelemetryData } from "./tools/fetch-telemetry-data.ts";
import { getAlertHistory } from "./tools/get-alert-history.ts";
import { getWorkOrders } from "./tools/get-work-orders.ts";
import { predictFailure } from "./tools/predict-failure.ts";
import { queryDeviceStatus } from "./tools/query-device-status.ts";
import { searchMaintenanceKb } from "./tools/search-maintenance-kb.ts";
import { updateDeviceStatus } from "./tools/update-device-status.ts";

/** Every tool in the order in which clients see them: reading first, proposing last. */
export const mcpTools: readonly McpTool[] = [
  queryDeviceStatus,
  fetchTelemetryData,
  searchMaintenanceKb,
  getAlertHistory,
  predictFailure,
  getWorkOrders,
  createWorkOrder,
  updateDeviceStatus,
];
