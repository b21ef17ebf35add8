import { z } from "zod";

export const streamEngineConfig = z.strictObject({
  kind: z.literal("embedded").describe("Steps run on a worker thread of this process"),
  checkpointEveryMs: z
    .int()
    .positive()
    .default(5_000)
    .describe("Time between two checkpoints of step states, ms"),
  checkpointDevices: z
    .int()
    .positive()
    .default(500)
    .describe("Devices whose state is written at one checkpoint, those waiting longest first"),
  viewEveryMs: z
    .int()
    .positive()
    .default(500)
    .describe("Shortest time between two deliveries of live views and detector episodes, ms"),
});

export type StreamEngineConfig = z.infer<typeof streamEngineConfig>;
