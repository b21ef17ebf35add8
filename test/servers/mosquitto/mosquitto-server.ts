import type { ServerKind } from "../server.ts";

export const mosquittoServer: ServerKind = {
  name: "mosquitto",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch mosquitto: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start mosquitto: not written yet");
  },
};
