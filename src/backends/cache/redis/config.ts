import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";

/** Options of the cache in Redis, with unit, default and meaning. */
export const redisCacheConfig = z
  .strictObject({
    kind: z.literal("redis").describe("Copies in Redis 6 or newer, shared by all processes"),
    host: z.string().min(1).default("127.0.0.1").describe("Host of Redis"),
    port: z.int().min(1).max(65535).default(6379).describe("Port of Redis"),
    database: z.int().min(0).default(0).describe("Number of the database"),
    tls: z.boolean().default(false).describe("Speak TLS and check the certificate"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM file of the authority that signed it; null: those the system trusts"),
    username: z.string().nullable().default(null).describe("User; null: Redis' default user"),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe("Password, for the environment; in a file use passwordFile"),
    passwordFile: z.string().nullable().default(null).describe("File with the password"),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe("Send the password without TLS, within a network that nobody else can read"),
    keyPrefix: z
      .string()
      .default("iai:")
      .describe("Put before each key, so that several plants can share one Redis"),
    commandTimeoutMs: z
      .int()
      .positive()
      .default(500)
      .describe("A command without answer after this time fails, ms"),
    connectTimeoutMs: z
      .int()
      .positive()
      .default(2_000)
      .describe("A connection that is not ready after this time is given up, ms"),
    reconnectMaxMs: z
      .int()
      .positive()
      .default(5_000)
      .describe("Longest wait between two attempts to connect, ms"),
    pingMs: z
      .int()
      .positive()
      .default(5_000)
      .describe("Redis is asked this often whether it is there, ms"),
    pendingMax: z
      .int()
      .positive()
      .default(10_000)
      .describe("Commands under way; beyond, new ones are refused with QUEUE_FULL"),
  })
  .refine(({ password, passwordFile }) => password === null || passwordFile === null, {
    path: ["passwordFile"],
    message: "must not be given together with password",
  })
  .refine(
    ({ username, password, passwordFile }) =>
      username === null || (password ?? passwordFile) !== null,
    {
      path: ["username"],
      message: "must be given together with a password",
    },
  )
  .refine(
    ({ tls, allowInsecure, host, password, passwordFile }) =>
      tls || allowInsecure || isLoopback(host) || (password ?? passwordFile) === null,
    {
      path: ["tls"],
      message: "must be true, or the password would cross the network in the clear (allowInsecure)",
    },
  );

export type RedisCacheConfig = z.infer<typeof redisCacheConfig>;
