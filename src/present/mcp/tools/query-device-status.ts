import { z } from "zod";
import { identifier } from "../../../wire/basics.ts";
import { deviceStatusOut } from "../../../wire/device-status.ts";
import { readStatus } from "../../api/routes/device-live.ts";
import { defineTool } from "../tool.ts";

const ALERTS_MAX = 50;
const METRICS_MAX = 100;

/** How one device stands now. */
export const queryDeviceStatus = defineTool({
  name: "query_device_status",
  title: "Device status",
  description:
    "How one device stands now: mode, newest value of each metric with unit and quality, learned state, and its alarms that stand.",
  action: "devices.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({ device_id: identifier }),
  output: deviceStatusOut,
  answer: async ({ device_id }, { services, principal }) => {
    const status = await readStatus(services, principal, device_id);
    const values = Object.fromEntries(Object.entries(status.values).slice(0, METRICS_MAX));
    return { ...status, values, alerts: status.alerts.slice(0, ALERTS_MAX) };
  },
});
