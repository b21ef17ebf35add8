import { deviceTemplates } from "../../../model/device-templates.ts";
import { pageOf } from "../../../wire/basics.ts";
import { deviceTemplateOut, deviceTemplateToWire } from "../../../wire/device-template.ts";
import { listQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";

/** Kinds of machines to begin a device from. */
export function deviceTemplateRoutes(): readonly ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/device-templates",
      action: "devices.read",
      tag: "Devices",
      summary: "Kinds of machines with metrics, units and typical limits: check the nameplate",
      query: listQuery({}),
      answer: pageOf(deviceTemplateOut),
      handle: async ({ query }) => {
        const items = deviceTemplates.slice(0, query.limit).map(deviceTemplateToWire);
        return pageAnswer(items, null, query.limit);
      },
    }),
  ];
}
