import type { Migration } from "./migration.ts";

/** Alarm storms: alarms of one line that came together. */
export const incidents: Migration = {
  version: 6,
  name: "incidents",
  steps: [
    {
      add: "table",
      name: "incident",
      columns: {
        incident_id: "word",
        kind: "word",
        factory_id: "word",
        line_id: "word",
        first_out_trace_id: "word",
        opened_at: "instant",
        last_at: "instant",
        created_at: "instant",
        updated_at: "instant",
      },
      key: ["incident_id"],
      indexes: { incident_opened: ["opened_at", "incident_id"] },
    },
    { add: "column", table: "alert_log", name: "incident_id", type: "word?" },
    {
      add: "index",
      table: "alert_log",
      name: "alert_log_line",
      columns: ["line_id", "opened_at"],
    },
    { add: "index", table: "alert_log", name: "alert_log_incident", columns: ["incident_id"] },
  ],
};
