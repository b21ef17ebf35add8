import type { ServerKind } from "./server.ts";

/** Every server that `iai servers` knows; each case loads its own file. */
export const serverNames = [
  "kafka",
  "flink",
  "influxdb",
  "mysql",
  "redis",
  "nacos",
  "mosquitto",
  "modbus",
  "asyncua",
  "milo",
] as const;

export type ServerName = (typeof serverNames)[number];

export async function serverKind(name: ServerName): Promise<ServerKind> {
  switch (name) {
    case "kafka":
      return (await import("./kafka/kafka-server.ts")).kafkaServer;
    case "flink":
      return (await import("./flink/flink-server.ts")).flinkServer;
    case "influxdb":
      return (await import("./influxdb/influxdb-server.ts")).influxdbServer;
    case "mysql":
      return (await import("./mysql/mysql-server.ts")).mysqlServer;
    case "redis":
      return (await import("./redis/redis-server.ts")).redisServer;
    case "nacos":
      return (await import("./nacos/nacos-server.ts")).nacosServer;
    case "mosquitto":
      return (await import("./mosquitto/mosquitto-server.ts")).mosquittoServer;
    case "modbus":
      return (await import("./modbus/modbus-server.ts")).modbusServer;
    case "asyncua":
      return (await import("./asyncua/asyncua-server.ts")).asyncuaServer;
    case "milo":
      return (await import("./milo/milo-server.ts")).miloServer;
  }
}
