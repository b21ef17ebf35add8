import { after, before } from "node:test";
import { telemetryStoreContract } from "../../../../test/contract/telemetry-store.ts";
import { influxPlant } from "../../../../test/servers/influxdb/influx-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";

let server: ServerHandle;
before(async () => {
  server = await startServer("influxdb");
});
after(() => server.stop());
const plant = influxPlant(() => server);

telemetryStoreContract("influxdb", (place) => plant.open(place), { gaps: {}, runs: 10 });
