import type { ServerKind } from "../server.ts";

export const kafkaServer: ServerKind = {
  name: "kafka",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch kafka: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start kafka: not written yet");
  },
};
