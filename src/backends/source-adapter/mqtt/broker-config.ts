import { z } from "zod";
import { isLoopback } from "../../../kernel/loopback.ts";
import { isIdentifier } from "../../../model/basics.ts";
import { commonOptions } from "./config.ts";

const user = z.strictObject({
  name: z.string().min(1).max(100).describe("User name"),
  passwordFile: z.string().describe("File with the password"),
  devices: z
    .array(z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -"))
    .nullable()
    .default(null)
    .describe("Devices it may speak for, and whose alarms it may hear; null: all"),
  hearsAlarms: z.boolean().default(false).describe("May subscribe to alarms"),
});

/** Options of the broker inside IAI, for sites that have none. */
export const mqttBrokerConfig = z
  .strictObject({
    kind: z.literal("mqtt-broker").describe("A broker inside IAI, MQTT 3.1.1"),
    ...commonOptions,
    host: z.string().default("127.0.0.1").describe("Address it listens on"),
    port: z.int().min(1).max(65_535).default(1883).describe("Port it listens on"),
    users: z
      .array(user)
      .refine(
        (list) => new Set(list.map(({ name }) => name)).size === list.length,
        "each user needs a name of its own",
      )
      .default([])
      .describe("Who may sign in; nobody else may"),
    tlsCertFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM certificate chain; with tlsKeyFile it speaks TLS"),
    tlsKeyFile: z.string().nullable().default(null).describe("PEM private key"),
    tlsClientCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe(
        "PEM file of the authority whose certificates clients must have; null: none needed",
      ),
    allowInsecureBind: z
      .boolean()
      .default(false)
      .describe("Listen beyond loopback without TLS, in a network that is trusted"),
    maxConnections: z.int().min(1).max(100_000).default(2_000).describe("Clients at the same time"),
  })
  .refine(({ tlsCertFile, tlsKeyFile }) => (tlsCertFile === null) === (tlsKeyFile === null), {
    path: ["tlsKeyFile"],
    message: "must be given together with tlsCertFile",
  })
  .refine(({ tlsClientCaFile, tlsCertFile }) => tlsClientCaFile === null || tlsCertFile !== null, {
    path: ["tlsClientCaFile"],
    message: "must be given together with tlsCertFile",
  })
  .refine(({ topics }) => topics.every(({ payload }) => payload.kind !== "sparkplug"), {
    path: ["topics"],
    message: "must not be Sparkplug: its nodes need sessions and a broker of their own",
  })
  .refine(
    ({ host, tlsCertFile, allowInsecureBind }) =>
      allowInsecureBind || tlsCertFile !== null || isLoopback(host),
    {
      path: ["host"],
      message: "must be loopback, or passwords would cross the network in the clear",
    },
  );

export type MqttBrokerConfig = z.infer<typeof mqttBrokerConfig>;
