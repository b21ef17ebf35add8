import type { Migration } from "./migration.ts";

/** How a diagnosis came about: steps, review, proposal, what came late. */
export const agentTrace: Migration = {
  version: 3,
  name: "agent trace",
  steps: [{ add: "column", table: "diagnosis_report", name: "agent", type: "json?" }],
};
