import type { ServerKind } from "../server.ts";

export const flinkServer: ServerKind = {
  name: "flink",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch flink: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start flink: not written yet");
  },
};
