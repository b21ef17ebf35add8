import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

const count = (value: number, about: string): z.ZodDefault<z.ZodInt> =>
  z.int().positive().default(value).describe(about);

/** Options of the event bus on Kafka, with unit, default and meaning. The outbox has its own. */
export const kafkaEventBusConfig = z
  .strictObject({
    kind: z.literal("kafka").describe("The local log as outbox, then Kafka 3.5 or newer"),
    brokers: z
      .array(z.string().regex(/^[^\s:]+:\d{1,5}$/, "must be host:port"))
      .min(1)
      .default(["127.0.0.1:9092"])
      .describe("Addresses where the cluster is asked for first, host:port"),
    clientId: z.string().regex(/^\S+$/).default("iai").describe("Name that Kafka's logs show"),
    tls: z.boolean().default(false).describe("Speak TLS and check the certificate"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM file of the authority that signed it; null: those the system trusts"),
    saslMechanism: z
      .enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
      .nullable()
      .default(null)
      .describe("How the user proves who it is; null: Kafka does not ask"),
    username: z.string().nullable().default(null).describe("User"),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe("Password, for the environment; in a file use passwordFile"),
    passwordFile: z.string().nullable().default(null).describe("File with the password"),
    topicPrefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]*$/)
      .default("")
      .describe("Put before each topic's name, so that several plants can share one Kafka"),
    groupPrefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]*$/)
      .default("iai-")
      .describe("Put before the name of each consumer group"),
    partitions: count(3, "Partitions of a topic that is created; control always has one"),
    replicas: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe("Copies of a topic that is created; null: the cluster's default"),
    retentionMs: count(24 * HOUR_MS, "A topic that is created keeps records this long, ms"),
    retentionBytes: count(
      20 * GIB,
      "A topic that is created keeps at most this much a partition, bytes; beyond, the oldest goes",
    ),
    warnShare: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.5)
      .describe("Unread records that have used up this share of the retention are warned of"),
    refuseShare: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.9)
      .describe("At this share new readings are refused with BUS_BEHIND, before Kafka deletes"),
    lagEveryMs: count(10_000, "How far the groups have read is asked this often, ms"),
    sendRecords: count(2_000, "A request to Kafka is not made larger than this, records"),
    savePositionMs: count(
      1_000,
      "How far the outbox is carried is stored this often, ms; after a kill at most so much repeats",
    ),
    closeWaitMs: z
      .int()
      .nonnegative()
      .default(5_000)
      .describe("At the end the outbox is carried on at most this long, ms; the rest goes later"),
    connectTimeoutMs: count(
      5_000,
      "A connection that is not ready after this time is given up, ms",
    ),
    requestTimeoutMs: count(10_000, "A request without answer after this time is given up, ms"),
    retryMaxMs: count(5_000, "Longest wait between two attempts, ms"),
    fetchWaitMs: count(500, "Kafka answers a reader that has read everything after this time, ms"),
    fetchBytes: count(4_194_304, "Most bytes of one answer to a reader"),
    stallMs: count(
      30_000,
      "A reader that gets nothing for this long, though there is something, is built anew, ms",
    ),
    sessionTimeoutMs: count(
      10_000,
      "A member of a shared group that is not heard of for this long loses its partitions, ms",
    ),
    heartbeatMs: count(1_000, "A member of a shared group is heard of this often, ms"),
  })
  .refine(({ password, passwordFile }) => password === null || passwordFile === null, {
    path: ["passwordFile"],
    message: "must not be given together with password",
  })
  .refine(
    ({ saslMechanism, username, password, passwordFile }) => {
      const given = username !== null && (password ?? passwordFile) !== null;
      const none = username === null && (password ?? passwordFile) === null;
      return saslMechanism === null ? none : given;
    },
    { path: ["saslMechanism"], message: "must be given together with a user and a password" },
  )
  .refine(
    ({ tls, brokers, saslMechanism }) =>
      tls || saslMechanism !== "PLAIN" || brokers.every((broker) => isLoopback(hostOf(broker))),
    {
      path: ["tls"],
      message: "must be true, or the password would cross the network in the clear",
    },
  )
  .refine(({ warnShare, refuseShare }) => warnShare < refuseShare, {
    path: ["warnShare"],
    message: "must be below refuseShare",
  })
  .refine(({ heartbeatMs, sessionTimeoutMs }) => heartbeatMs * 3 <= sessionTimeoutMs, {
    path: ["heartbeatMs"],
    message: "must be at most a third of sessionTimeoutMs",
  });

export type KafkaEventBusConfig = z.infer<typeof kafkaEventBusConfig>;

function hostOf(broker: string): string {
  return broker.slice(0, broker.lastIndexOf(":"));
}
