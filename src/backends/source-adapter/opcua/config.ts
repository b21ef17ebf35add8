import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";
import { isIdentifier } from "../../../model/basics.ts";
import { nodeMap } from "./node-map.ts";

/** Policies that are not broken, the oldest first. */
export const securePolicies = [
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
] as const;

const optionalText = z.string().min(1).nullable().default(null);

/** How a server is reached, and who IAI is there. */
export const connectionOptions = {
  url: z
    .string()
    .refine(isServerUrl, "must be opc.tcp:// with host, port and path alone")
    .default("opc.tcp://127.0.0.1:4840")
    .describe("Address of the server"),
  securityPolicy: z
    .enum([...securePolicies, "None"])
    .default("Basic256Sha256")
    .describe("Messages are signed and encrypted by it; None: everybody can read and forge them"),
  allowInsecure: z
    .boolean()
    .default(false)
    .describe("Use the policy None to another machine, in a network that is trusted"),
  username: optionalText.describe("User; null: none"),
  passwordFile: optionalText.describe("File with the password"),
  passwordVariable: optionalText.describe(
    "Environment variable with the password, e.g. PLANT_OPCUA_PASSWORD",
  ),
  userCertificateFile: optionalText.describe("PEM or DER file of the certificate of the user"),
  userKeyFile: optionalText.describe("PEM file of its private key"),
  requestTimeoutMs: z
    .int()
    .min(500)
    .max(60_000)
    .default(10_000)
    .describe("A request without an answer after this time has failed, ms"),
};

const ms = (low: number, high: number, value: number) => z.int().min(low).max(high).default(value);

/** Options of an OPC-UA server. */
export const opcuaSourceConfig = z
  .strictObject({
    kind: z.literal("opcua").describe("A client of an OPC-UA server; it only reads"),
    name: z
      .string()
      .refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -")
      .describe("Name in logs, in quarantine and in GET /sources"),
    ...connectionOptions,
    mapFile: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("File that says which node is which metric of which device, YAML"),
    map: nodeMap
      .nullable()
      .default(null)
      .describe("The node map itself, where it is in no file of its own; see docs/protocols.md"),
    publishMs: ms(20, 60_000, 500).describe("The server tells what has changed this often, ms"),
    keepAliveMs: ms(500, 60_000, 5_000).describe(
      "The server says at least this often that it is there; silent for three times as long it is given up, ms",
    ),
    lifetimeMs: ms(10_000, 86_400_000, 600_000).describe(
      "The server keeps the subscription, with what its queues hold, this long while IAI is away, ms",
    ),
    history: z
      .boolean()
      .default(true)
      .describe("Ask the server's history for what was measured while it could not be heard"),
    historyMaxMs: ms(1_000, 30 * 86_400_000, 86_400_000).describe(
      "How far back it is asked at most, ms",
    ),
  })
  .refine(({ map, mapFile }) => (map === null) !== (mapFile === null), {
    path: ["mapFile"],
    message: "must be given, or map, and not both",
  })
  .refine(({ passwordFile, passwordVariable }) => !(passwordFile && passwordVariable), {
    path: ["passwordVariable"],
    message: "must not be given together with passwordFile",
  })
  .refine(
    ({ username, passwordFile, passwordVariable }) =>
      (username === null) === ((passwordFile ?? passwordVariable) === null),
    { path: ["username"], message: "must be given together with a password" },
  )
  .refine(({ userCertificateFile, userKeyFile }) => !userCertificateFile === !userKeyFile, {
    path: ["userKeyFile"],
    message: "must be given together with userCertificateFile",
  })
  .refine(({ username, userCertificateFile }) => !(username && userCertificateFile), {
    path: ["userCertificateFile"],
    message: "must not be given together with username",
  })
  .refine((options) => options.securityPolicy !== "None" || isPrivate(options), {
    path: ["securityPolicy"],
    message: "must not be None to another machine, unless allowInsecure is true",
  });

export type OpcuaSourceConfig = z.infer<typeof opcuaSourceConfig>;
/** What a connection needs to know. */
export type OpcuaConnectionConfig = Pick<
  OpcuaSourceConfig,
  Exclude<keyof typeof connectionOptions, "allowInsecure">
>;

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "opc.tcp:" || url.hostname === "") return false;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}

/** Nobody between us and the server can read along, or somebody said that this is no matter. */
export function isPrivate(options: {
  readonly url: string;
  readonly allowInsecure: boolean;
}): boolean {
  if (options.allowInsecure) return true;
  return isLoopback(URL.parse(options.url)?.hostname ?? "");
}
