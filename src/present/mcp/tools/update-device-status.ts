import { z } from "zod";
import { registryStatusOf } from "../../../model/device.ts";
import { identifier } from "../../../wire/basics.ts";
import { findDevice } from "../../api/scope.ts";
import { idempotencyKeyIn, proposalOut, proposalToWire } from "../proposal-wire.ts";
import { defineTool } from "../tool.ts";

const registryStatus = z.enum(["RUNNING", "STOPPED", "MAINTENANCE", "RETIRED"]);

/** Proposes that a person sets another status; the device, its rules and its alarms stay as they are. */
export const updateDeviceStatus = defineTool({
  name: "update_device_status",
  title: "Propose a device status",
  description:
    "Proposes another registry status for a device, as a work order in status PROPOSED. It changes no mode and silences no alarm; a person who agrees sets the mode. It never reaches the machine.",
  action: "devices.mode",
  scope: "iai:device",
  proposes: true,
  input: z.strictObject({
    device_id: identifier,
    status: registryStatus,
    idempotency_key: idempotencyKeyIn,
  }),
  output: z.object({
    device_id: identifier,
    present_status: registryStatus,
    proposed_status: registryStatus,
    applied: z.literal(false).describe("Always: a person decides"),
    proposal: proposalOut.nullable().describe("null: it has this status already"),
  }),
  answer: async ({ device_id, status, idempotency_key }, { services, principal, proposals }) => {
    const device = findDevice(services.devices, principal, device_id);
    const present = registryStatusOf(device.mode);
    const answer = {
      device_id: device.deviceId,
      present_status: present,
      proposed_status: status,
      applied: false as const,
    };
    if (present === status) return { ...answer, proposal: null };
    const proposed = await proposals.propose(principal, {
      tool: "update_device_status",
      deviceId: device.deviceId,
      priority: "P3",
      title: {
        zh: `${device.deviceId}：提议状态改为 ${status}`,
        en: `${device.deviceId}: proposed status ${status}`,
      },
      description: {
        zh: `当前 ${present}，提议 ${status}。批准此工单不改变任何状态：同意者请在设备页设置运行方式。`,
        en: `Now ${present}, proposed ${status}. Approving this order changes no status: whoever agrees sets the mode on the device's page.`,
      },
      key: idempotency_key ?? null,
    });
    return { ...answer, proposal: proposalToWire(proposed) };
  },
});
