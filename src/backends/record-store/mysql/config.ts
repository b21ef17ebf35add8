import { isIP } from "node:net";
import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";

/** Options of the records in MySQL, with unit, default and meaning. */
export const mysqlRecordStoreConfig = z
  .strictObject({
    kind: z.literal("mysql").describe("Records in MySQL 8.0 or newer, shared by all processes"),
    host: z.string().min(1).default("127.0.0.1").describe("Host of MySQL"),
    port: z.int().min(1).max(65535).default(3306).describe("Port of MySQL"),
    database: z
      .string()
      .min(1)
      .max(64)
      .default("iai")
      .describe("Database; it must exist, its tables are made and changed by IAI"),
    user: z.string().min(1).default("iai").describe("User, with all rights on the database"),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe("Password, for the environment; in a file use passwordFile"),
    passwordFile: z.string().nullable().default(null).describe("File with the password"),
    tls: z.boolean().default(false).describe("Speak TLS and check the certificate and its name"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM file of the authority that signed it; null: those the system trusts"),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe(
        "Speak without TLS beyond this machine, within a network that nobody else can read",
      ),
    connectTimeoutMs: z
      .int()
      .positive()
      .default(5_000)
      .describe("A connection that is not ready after this time is given up, ms"),
    openTimeoutMs: z
      .int()
      .min(0)
      .default(30_000)
      .describe("At the start a server that is not there yet is waited for this long, ms"),
    statementTimeoutMs: z
      .int()
      .positive()
      .default(30_000)
      .describe("A statement without answer after this time fails with its connection, ms"),
    lockWaitS: z
      .int()
      .positive()
      .default(5)
      .describe("A row that others hold is waited for this long before the work begins anew, s"),
    writeConnections: z
      .int()
      .min(1)
      .max(100)
      .default(8)
      .describe("Transactions that write at the same time"),
    readConnections: z.int().min(1).max(100).default(4).describe("Reads at the same time"),
    attemptsMax: z
      .int()
      .min(1)
      .default(10)
      .describe("Attempts of a transaction that dead locks or a lost connection undo"),
    waitingMax: z
      .int()
      .min(1)
      .default(10_000)
      .describe("Transactions that wait for a connection; beyond, new ones get QUEUE_FULL"),
  })
  .refine(({ password, passwordFile }) => password === null || passwordFile === null, {
    path: ["passwordFile"],
    message: "must not be given together with password",
  })
  .refine(({ tls, host, allowInsecure }) => tls || allowInsecure || isLoopback(host), {
    path: ["tls"],
    message:
      "must be true, or records and password would cross the network in the clear (allowInsecure)",
  })
  .refine(({ tls, host }) => !tls || !isAddress(host), {
    path: ["host"],
    message: "must be a name with tls: the certificate is checked against it",
  });

export type MysqlRecordStoreConfig = z.infer<typeof mysqlRecordStoreConfig>;

/** For an address the driver would check the certificate against "localhost". */
function isAddress(host: string): boolean {
  return isIP(host) !== 0;
}
