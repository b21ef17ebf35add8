import { z } from "zod";

/** Options of the stream engine on Flink, with unit, default and meaning. */
export const flinkStreamEngineConfig = z.strictObject({
  kind: z.literal("flink").describe("The same steps inside an Apache Flink 2.2 cluster"),
  url: z
    .url()
    .default("http://127.0.0.1:8081")
    .describe("Address of the job manager's REST interface"),
  parallelism: z
    .int()
    .positive()
    .max(128)
    .default(2)
    .describe("Subtasks of each job; more than the raw topic has partitions bring nothing"),
  checkpointEveryMs: z
    .int()
    .positive()
    .default(5_000)
    .describe("Time between two checkpoints of a job, ms"),
  checkpointFolder: z
    .string()
    .startsWith("/")
    .nullable()
    .default(null)
    .describe(
      "Folder of checkpoints, the same path for the cluster and for `iai cluster deploy`; null: the cluster's own, then a job begins anew after a job manager without high availability was lost",
    ),
  viewEveryMs: z
    .int()
    .positive()
    .default(1_000)
    .describe("Shortest time between two live views of a device, in receive time, ms"),
  keepMinutesMs: z
    .int()
    .positive()
    .default(120_000)
    .describe("A minute's values are kept this long after its end; later ones are recomputed, ms"),
  refreshMinutesMs: z
    .int()
    .positive()
    .default(10_000)
    .describe("The minute under way is written at most this often, ms"),
  idleMs: z
    .int()
    .positive()
    .default(600_000)
    .describe("A device without events for this long leaves the memory of the steps, ms"),
  requestTimeoutMs: z
    .int()
    .positive()
    .default(10_000)
    .describe("A request to Flink without answer after this time is given up, ms"),
  deployTimeoutMs: z
    .int()
    .positive()
    .default(120_000)
    .describe("A job that does not run after this time has not been deployed, ms"),
});

export type FlinkStreamEngineConfig = z.infer<typeof flinkStreamEngineConfig>;
