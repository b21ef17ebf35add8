import type { Migration } from "./migration.ts";

/** What a knowledge entry says beyond its first form, and which shipped text it still is. */
export const knowledge: Migration = {
  version: 2,
  name: "knowledge",
  steps: [
    { add: "column", table: "maintenance_kb", name: "component", type: "json?" },
    { add: "column", table: "maintenance_kb", name: "urgency", type: "json?" },
    { add: "column", table: "maintenance_kb", name: "superseded_by", type: "word?" },
    { add: "column", table: "maintenance_kb", name: "shipped_revision", type: "integer?" },
  ],
};
