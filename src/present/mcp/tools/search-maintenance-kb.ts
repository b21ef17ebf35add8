import { z } from "zod";
import { text } from "../../../wire/basics.ts";
import { knowledgeOut, knowledgeToWire } from "../../../wire/kb.ts";
import { defineTool } from "../tool.ts";

const ENTRIES_MAX = 10;

const entryOut = knowledgeOut.pick({
  kb_id: true,
  device_type: true,
  category: true,
  failure_mode: true,
  i18n: true,
  signs: true,
  discriminators: true,
  checks: true,
  parts: true,
  estimated_hours: true,
  source: true,
  reference: true,
  licence: true,
  version: true,
  status: true,
});

/** Maintenance knowledge of one device type. */
export const searchMaintenanceKb = defineTool({
  name: "search_maintenance_kb",
  title: "Maintenance knowledge",
  description:
    "Entries of the maintenance knowledge base for a device type, best first; keyword in Chinese or English. Cite an entry by kb_id and version.",
  action: "knowledge.read",
  scope: "iai:read",
  proposes: false,
  input: z.strictObject({
    device_type: text(50).min(1).describe("As in the registry, e.g. pump"),
    keyword: text(500).default("").describe("Empty: all that applies to the type"),
  }),
  output: z.object({ items: z.array(entryOut), more: z.boolean() }),
  answer: async ({ device_type, keyword }, { services }) => {
    const query = { query: keyword, deviceType: device_type, limit: ENTRIES_MAX + 1 };
    const found = await services.knowledge.search(query);
    const items = found.slice(0, ENTRIES_MAX).map((entry) => {
      const wire = knowledgeToWire(entry, "en");
      return entryOut.parse(wire);
    });
    return { items, more: found.length > ENTRIES_MAX };
  },
});
