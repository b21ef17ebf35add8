import { z } from "zod";
import { isIdentifier } from "../../../model/basics.ts";
import { registerMap } from "./register-map.ts";

const identifier = z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -");

const deviceFields = z.strictObject({
  deviceId: identifier.describe("Device that the readings are of"),
  unit: z.int().min(0).max(255).default(1).describe("Unit identifier of the slave"),
  mapFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("File with the register map of its type, YAML; see docs/protocols.md"),
  map: registerMap
    .nullable()
    .default(null)
    .describe("The register map itself, where it is in no file of its own"),
  factoryId: identifier.nullable().default(null).describe("Factory of a device not yet registered"),
  lineId: identifier.nullable().default(null).describe("Line of a device not yet registered"),
  everyMs: z.int().min(50).max(86_400_000).default(1_000).describe("Time between two polls, ms"),
  timeoutMs: z
    .int()
    .min(10)
    .max(60_000)
    .default(1_000)
    .describe(
      "A slave that has not answered a request after this time is left alone for a while, ms",
    ),
});

const device = deviceFields.refine(({ map, mapFile }) => (map === null) !== (mapFile === null), {
  path: ["mapFile"],
  message: "must be given, or map, and not both",
});

/** Options of a Modbus TCP server or gateway. */
export const modbusSourceConfig = z.strictObject({
  kind: z.literal("modbus").describe("A Modbus TCP server or gateway; it is only ever read"),
  name: identifier.describe("Name in logs, in quarantine and in GET /sources"),
  host: z.string().min(1).default("127.0.0.1").describe("Its address"),
  port: z.int().min(1).max(65_535).default(502).describe("Its port"),
  framing: z
    .enum(["tcp", "rtu-over-tcp"])
    .default("tcp")
    .describe(
      "tcp: Modbus TCP; rtu-over-tcp: frames of the serial line with their checksum, as plain serial gateways carry them",
    ),
  devices: z
    .array(device)
    .min(1)
    .refine(
      (list) => new Set(list.map(({ deviceId }) => deviceId)).size === list.length,
      "each device may stand there once",
    )
    .describe("Its slaves and which devices they are"),
  connections: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe(
      "Connections at most; slaves are dealt out to them, and wait only for those of their own",
    ),
  connectTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(3_000)
    .describe("A connection that does not stand after this time is tried anew, ms"),
});

export type ModbusSourceConfig = z.infer<typeof modbusSourceConfig>;
export type Framing = ModbusSourceConfig["framing"];
export type ModbusDeviceConfig = ModbusSourceConfig["devices"][number];
