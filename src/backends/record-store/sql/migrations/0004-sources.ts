import type { Migration } from "./migration.ts";

/** Sources of readings that people add while IAI runs. */
export const sources: Migration = {
  version: 4,
  name: "sources",
  steps: [
    {
      add: "table",
      name: "source",
      columns: {
        name: "word",
        kind: "word",
        enabled: "boolean",
        options: "json",
        secrets: "text?",
        revision: "integer",
        created_at: "instant",
        created_by: "text",
        updated_at: "instant",
        updated_by: "text",
      },
      key: ["name"],
    },
  ],
};
