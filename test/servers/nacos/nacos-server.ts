import type { ServerKind } from "../server.ts";

export const nacosServer: ServerKind = {
  name: "nacos",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch nacos: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start nacos: not written yet");
  },
};
