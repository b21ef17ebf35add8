import { access } from "./0001-access.ts";
import { alarms } from "./0001-alarms.ts";
import { flow } from "./0001-flow.ts";
import { plant } from "./0001-plant.ts";
import type { Migration } from "./migration.ts";

export const initial: Migration = {
  version: 1,
  name: "initial",
  steps: [...plant, ...alarms, ...flow, ...access],
};
