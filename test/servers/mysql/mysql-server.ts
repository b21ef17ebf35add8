import type { ServerKind } from "../server.ts";

export const mysqlServer: ServerKind = {
  name: "mysql",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch mysql: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start mysql: not written yet");
  },
};
