import { after } from "node:test";
import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { openMosquittoPeer, wordOf } from "../../../../test/servers/mosquitto/mosquitto-peer.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttSource } from "./mqtt-source-adapter.ts";

const server = await startServer("mosquitto");
after(() => server.stop());

const deps = {
  birthsFolder: "/nowhere",
  clock: systemClock,
  log: silentLog,
  random: Math.random,
  variable: () => wordOf(server, "iaiPassword"),
};
let sessions = 0;

for (const version of ["3.1.1", "5"] as const) {
  for (const connections of [1, 3]) {
    testSourceAdapter({
      name: `mqtt ${version} on Mosquitto, ${connections} connection${connections === 1 ? "" : "s"}`,
      open: async () => {
        const peer = await openMosquittoPeer(server);
        sessions += 1;
        const config = mqttSourceConfig.parse({
          kind: "mqtt",
          name: "plant",
          // Each test has a session of its own, which the broker keeps.
          clientId: `iai-test-${sessions}`,
          url: `mqtt://127.0.0.1:${peer.tap.port}`,
          username: "iai",
          passwordVariable: "PLANT_MQTT_PASSWORD",
          version,
          connections,
        });
        return { peer, open: async () => (await openMqttSource(config, deps)).adapter };
      },
    });
  }
}
