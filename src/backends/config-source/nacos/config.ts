import { z } from "zod";
import { isPrivateUrl } from "../../../kernel/loopback.ts";

/** What Nacos allows in names of its own. */
const nacosName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, "must be 1–128 of letters, digits, `_ . : -`");

/** Options of the configuration in Nacos, with unit, default and meaning. */
export const nacosConfig = z
  .strictObject({
    kind: z.literal("nacos").describe("Configuration and service registry in Nacos 2"),
    addresses: z
      .array(z.string().refine(isBareAddress, "must be an http or https address without a path"))
      .min(1)
      .default(["http://127.0.0.1:8848"])
      .describe("Servers of one Nacos; the next one is asked when one does not answer"),
    contextPath: z.string().default("/nacos").describe("Path that the servers are reached under"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM file of the authority that signed https; null: those the system trusts"),
    username: z.string().nullable().default(null).describe("User; null: Nacos asks for none"),
    password: z
      .string()
      .nullable()
      .default(null)
      .describe("Password, for the environment; in a file use passwordFile"),
    passwordFile: z
      .string()
      .nullable()
      .default(null)
      .describe("File with the password of `username`"),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe("Send the password without TLS, within a network that nobody else can read"),
    namespace: z.string().default("").describe("Id of the namespace; empty: the public one"),
    group: nacosName
      .default("IAI")
      .describe("Group of the document and of the services: one a plant"),
    dataId: nacosName.default("iai.yaml").describe("Data id of the document, in YAML"),
    requestTimeoutMs: z
      .int()
      .positive()
      .default(3_000)
      .describe("A server that has not answered after this time counts as away, ms"),
    pollMs: z
      .int()
      .min(10_000)
      .max(60_000)
      .default(30_000)
      .describe(
        "A question for changes stays open this long (ms), 10 s at least; changes are told at once",
      ),
    retryMaxMs: z
      .int()
      .positive()
      .default(10_000)
      .describe("Longest wait before an absent Nacos is asked again, ms"),
    beatMs: z
      .int()
      .positive()
      .default(5_000)
      .describe("Heartbeat of a registered service, ms; Nacos drops it after 30 s without"),
  })
  .refine(({ password, passwordFile }) => password === null || passwordFile === null, {
    path: ["passwordFile"],
    message: "must not be given together with password",
  })
  .refine(
    ({ username, password, passwordFile }) =>
      (username === null) === ((password ?? passwordFile) === null),
    { path: ["username"], message: "must be given together with a password" },
  )
  .refine(
    ({ username, allowInsecure, addresses }) =>
      username === null ||
      allowInsecure ||
      addresses.every((address) => isPrivateUrl(address, ["https:"])),
    {
      path: ["addresses"],
      message:
        "must be https, or the password would cross the network in the clear (allowInsecure)",
    },
  );

export type NacosConfig = z.infer<typeof nacosConfig>;

function isBareAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.href === `${url.origin}/`;
}
