import { z } from "zod";
import type { DeviceTemplate } from "../model/device-template.ts";
import { bilingual } from "./basics.ts";

const limit = z.number().nullable();

/** A kind of machine with the metrics and limits that are typical of it. */
export const deviceTemplateOut = z
  .object({
    template_id: z.string(),
    device_type: z.string().describe("For `POST /devices`: knowledge base and rules go by it"),
    title: bilingual,
    note: bilingual.describe("What the limits are and are not"),
    metrics: z.record(
      z.string(),
      z.object({
        unit: z.string(),
        ll: limit,
        l: limit,
        h: limit,
        hh: limit,
        basis: z
          .enum(["standard", "typical", "nameplate"])
          .describe("nameplate: every machine has its own, there is no typical limit"),
        source: z.string().describe("Standard or rule of thumb behind the limits"),
      }),
    ),
  })
  .meta({ id: "DeviceTemplate" });

export type DeviceTemplateOut = z.infer<typeof deviceTemplateOut>;

const note = {
  zh: "典型值，请核对铭牌和制造商的说明。",
  en: "Typical: check the nameplate and the manufacturer's manual.",
};

export function deviceTemplateToWire(template: DeviceTemplate): DeviceTemplateOut {
  const { templateId, deviceType, title, metrics } = template;
  return {
    template_id: templateId,
    device_type: deviceType,
    title: { ...title },
    note,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, metric]) => [name, { ...metric }]),
    ),
  };
}
