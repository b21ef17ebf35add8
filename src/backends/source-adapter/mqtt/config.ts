import { z } from "zod";
import { isIdentifier } from "../../../model/basics.ts";
import { template, topic } from "./topic-config.ts";

const sourceName = z
  .string()
  .refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -")
  .describe("Name in logs, in quarantine and in GET /sources");

/** Options of every source that speaks MQTT. */
export const commonOptions = {
  name: sourceName,
  topics: z
    .array(topic)
    .min(1)
    .default([
      {
        template: "iai/{factory_id}/{line_id}/{device_id}/readings",
        payload: { kind: "iai" },
      },
    ])
    .describe("Where readings arrive and how they are written; the first that fits counts"),
  alarmTopic: template
    .nullable()
    .default("iai/{factory_id}/{line_id}/{device_id}/alarms")
    .describe("Where each transition of an alarm is published; null: nowhere"),
};

/** Options of a broker that IAI is a client of. */
export const mqttSourceConfig = z
  .strictObject({
    kind: z.literal("mqtt").describe("A client of an MQTT broker"),
    ...commonOptions,
    url: z
      .string()
      .refine(isBrokerUrl, "must be mqtt:// or mqtts:// with host and port alone")
      .default("mqtt://127.0.0.1:1883")
      .describe("Address of the broker"),
    version: z.enum(["3.1.1", "5"]).default("5").describe("Version of MQTT"),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,60}$/)
      .nullable()
      .default(null)
      .describe("Name of the session that the broker keeps for IAI; null: iai-<name>"),
    username: z.string().min(1).nullable().default(null).describe("User; null: none"),
    passwordFile: z.string().nullable().default(null).describe("File with the password"),
    passwordVariable: z
      .string()
      .nullable()
      .default(null)
      .describe("Environment variable with the password, e.g. PLANT_MQTT_PASSWORD"),
    tlsCaFile: z
      .string()
      .nullable()
      .default(null)
      .describe("PEM file of the authority of the broker; null: those the system trusts"),
    tlsCertFile: z.string().nullable().default(null).describe("PEM file of our own certificate"),
    tlsKeyFile: z.string().nullable().default(null).describe("PEM file of its key"),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe("Send the password without TLS to another machine, in a network that is trusted"),
    connections: z
      .int()
      .min(1)
      .max(32)
      .default(1)
      .describe(
        "Connections that share the subscription; with more than one the order of a device's messages is not kept",
      ),
    sessionExpirySeconds: z
      .int()
      .min(1)
      .max(4_294_967_295)
      .default(604_800)
      .describe("The broker keeps our session this long while we are away, s (MQTT 5)"),
    inFlight: z
      .int()
      .min(1)
      .max(65_535)
      .default(1_000)
      .describe("Messages that the broker may send before one is acknowledged (MQTT 5)"),
    keepAliveSeconds: z
      .int()
      .min(1)
      .max(600)
      .default(10)
      .describe("A broker that is silent for half as long again is given up, s"),
    connectTimeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(5_000)
      .describe("A connection that does not stand after this time is tried anew, ms"),
  })
  .refine(({ passwordFile, passwordVariable }) => !(passwordFile && passwordVariable), {
    path: ["passwordVariable"],
    message: "must not be given together with passwordFile",
  })
  .refine(({ username, ...options }) => username !== null || !hasPassword(options), {
    path: ["username"],
    message: "must be given together with a password",
  })
  .refine(({ tlsCertFile, tlsKeyFile }) => (tlsCertFile === null) === (tlsKeyFile === null), {
    path: ["tlsKeyFile"],
    message: "must be given together with tlsCertFile",
  })
  .refine(
    ({ topics, connections }) =>
      connections === 1 || topics.every(({ payload }) => payload.kind !== "sparkplug"),
    {
      path: ["connections"],
      message: "must be 1 for Sparkplug, whose messages have an order",
    },
  )
  .refine(
    ({ url, ...options }) => options.allowInsecure || !hasPassword(options) || isPrivate(url),
    {
      path: ["url"],
      message: "must be mqtts, or the password would cross the network in the clear",
    },
  );

export type MqttSourceConfig = z.infer<typeof mqttSourceConfig>;

function hasPassword(options: {
  readonly passwordFile: string | null;
  readonly passwordVariable: string | null;
}): boolean {
  return (options.passwordFile ?? options.passwordVariable) !== null;
}

function isBrokerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^mqtts?:$/.test(url.protocol) || url.hostname === "") return false;
  return `${url.protocol}//${url.host}` === text;
}

/** Nobody between us and the broker can read along. */
function isPrivate(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol === "mqtts:") return true;
  const { hostname } = url;
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
