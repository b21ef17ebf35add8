import type { ServerKind } from "../server.ts";

export const redisServer: ServerKind = {
  name: "redis",
  portCount: 1,
  fetch: async () => {
    throw new Error("Cannot fetch redis: not written yet");
  },
  start: async () => {
    throw new Error("Cannot start redis: not written yet");
  },
};
