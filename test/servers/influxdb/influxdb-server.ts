import type { ServerKind } from "../server.ts";

export const influxdbServer: ServerKind = {
  name: "influxdb",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch influxdb: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start influxdb: not written yet");
  },
};
