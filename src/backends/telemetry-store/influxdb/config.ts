import { z } from "zod";
import { isPrivateUrl } from "../../../kernel/loopback.ts";

/** Options of InfluxDB 1.8 as telemetry store. */
export const influxTelemetryConfig = z
  .strictObject({
    kind: z.literal("influxdb").describe("InfluxDB 1.8, shared by several processes"),
    url: z
      .string()
      .refine(isServerUrl, "must be an http or https address without user, password and path")
      .default("http://127.0.0.1:8086")
      .describe("Address of InfluxDB"),
    database: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .default("iai")
      .describe("Database of IAI alone; made when it is not there"),
    username: z.string().nullable().default(null).describe("User; null: no authentication"),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe("Password, for the environment; in a file use passwordFile"),
    passwordFile: z.string().nullable().default(null).describe("File with the password"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe(
        "PEM file of the authority that signed its certificate; null: those the system trusts",
      ),
    allowInsecureHttp: z
      .boolean()
      .default(false)
      .describe("Send the password without TLS to another machine, in a network that is trusted"),
    managesDatabase: z
      .boolean()
      .default(true)
      .describe(
        "Make the database, set and enforce the retention, which needs an administrator of InfluxDB; false: somebody else does",
      ),
    aggregatesItself: z
      .boolean()
      .default(true)
      .describe("Compute the minutes while writing; false: a stream engine hands them in"),
    progressEveryMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(1_000)
      .describe(
        "How long changed minutes and the position in the log may wait to be written together, in milliseconds; 0: with every batch; 10,000 spares a fleet of 10,000 devices most of its minutes' writes",
      ),
    timeoutMs: z
      .int()
      .min(100)
      .default(10_000)
      .describe("A request without an answer after this time has failed, in milliseconds"),
    attempts: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe("Times a request that got no answer is sent before its readings are put back"),
    maxRequestPoints: z
      .int()
      .min(1)
      .max(100_000)
      .default(5_000)
      .describe("Points of one write request"),
    maxRequestBytes: z
      .int()
      .min(1_024)
      .max(25_000_000)
      .default(2_000_000)
      .describe("Bytes of one write request before compression"),
    maxConnections: z
      .int()
      .min(1)
      .max(64)
      .default(8)
      .describe("Connections to InfluxDB at the same time"),
    maxRecentValues: z
      .int()
      .min(1_000)
      .default(4_000_000)
      .describe(
        "Numbers of 8 bytes of recent minutes held in memory, to find conflicts and to compute minutes; older minutes are read back when they change",
      ),
  })
  .refine(({ password, passwordFile }) => password === null || passwordFile === null, {
    path: ["passwordFile"],
    message: "must not be given together with password",
  })
  .refine(
    ({ username, password, passwordFile }) =>
      (username === null) === ((password ?? passwordFile) === null),
    { path: ["username"], message: "must be given together with password or passwordFile" },
  )
  .refine(
    ({ url, username, allowInsecureHttp }) =>
      username === null || allowInsecureHttp || isPrivateUrl(url, ["https:"]),
    {
      path: ["url"],
      message: "must be https, or the password would cross the network in the clear",
    },
  );

export type InfluxTelemetryConfig = z.infer<typeof influxTelemetryConfig>;

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === "" && url.password === "" && url.pathname === "/" && url.search === "";
}
