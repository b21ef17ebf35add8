import { testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { openAedesPeer } from "../../../../test/fixtures/aedes-peer.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttSource } from "./mqtt-source-adapter.ts";

const deps = {
  birthsFolder: "/nowhere",
  clock: systemClock,
  log: silentLog,
  random: () => 0.5,
  variable: () => undefined,
};

testSourceAdapter({
  name: "mqtt (aedes, MQTT 3.1.1)",
  open: async () => {
    const peer = await openAedesPeer();
    const config = mqttSourceConfig.parse({
      kind: "mqtt",
      name: "plant",
      url: `mqtt://127.0.0.1:${peer.port}`,
      version: "3.1.1",
    });
    return { peer, open: async () => (await openMqttSource(config, deps)).adapter };
  },
});
