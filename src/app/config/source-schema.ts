import { z } from "zod";
import { modbusSourceConfig } from "../../backends/source-adapter/modbus/config.ts";
import { mqttBrokerConfig } from "../../backends/source-adapter/mqtt/broker-config.ts";
import { mqttSourceConfig } from "../../backends/source-adapter/mqtt/config.ts";
import { opcuaSourceConfig } from "../../backends/source-adapter/opcua/config.ts";

/** One source of readings, whether it stands in the configuration file or in the records. */
export const sourceConfig = z.discriminatedUnion("kind", [
  mqttSourceConfig,
  mqttBrokerConfig,
  modbusSourceConfig,
  opcuaSourceConfig,
]);

export type SourceConfig = z.infer<typeof sourceConfig>;

export const sources = z
  .array(sourceConfig)
  .refine(
    (list) => new Set(list.map(({ name }) => name)).size === list.length,
    "each source needs a name of its own",
  )
  .default([])
  .describe("Brokers and devices that readings come from; see docs/protocols.md");
