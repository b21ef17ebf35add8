import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aNotification } from "../../../../test/fixtures/notifications.ts";
import { hearLines, wordOf } from "../../../../test/servers/mosquitto/mosquitto-peer.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttAlarmPublisher } from "./mqtt-alarm-publisher.ts";

const server = await startServer("mosquitto");
after(() => server.stop());
const never = new AbortController().signal;

function open(user: "iai" | "gateway", version: "3.1.1" | "5" = "5") {
  const config = mqttSourceConfig.parse({
    kind: "mqtt",
    name: `plant-${user}`,
    url: `mqtt://127.0.0.1:${wordOf(server, "port")}`,
    username: user,
    passwordVariable: "PLANT_MQTT_PASSWORD",
    version,
    connectTimeoutMs: 2_000,
  });
  const deps = {
    clock: systemClock,
    log: silentLog,
    random: Math.random,
    variable: () => wordOf(server, `${user}Password`),
  };
  return openMqttAlarmPublisher({ ...config, alarmTopic: config.alarmTopic ?? "" }, deps);
}

describe("alarms on Mosquitto", () => {
  for (const version of ["3.1.1", "5"] as const) {
    it(`reach mosquitto_sub, each as often as it was delivered (MQTT ${version})`, async () => {
      const hearing = await hearLines(server, "iai/+/+/+/alarms", 2);
      const publisher = await open("iai", version);
      await publisher.deliver(aNotification({ notificationId: "a" }), never);
      await publisher.deliver(aNotification({ notificationId: "b", kind: "cleared" }), never);
      const heard = (await hearing.lines()).map((line) => {
        const [topic = "", text = "{}"] = line.split(/ (.*)/s);
        const { notification_id, kind } = JSON.parse(text) as Record<string, unknown>;
        return [topic, notification_id, kind];
      });
      assert.deepEqual(heard, [
        ["iai/F1/L1/PUMP_01/alarms", "a", "raised"],
        ["iai/F1/L1/PUMP_01/alarms", "b", "cleared"],
      ]);
      await publisher.close();
    });
  }

  it("are refused for good where IAI may not publish (MQTT 5 says so)", async () => {
    const publisher = await open("gateway");
    await assert.rejects(publisher.deliver(aNotification(), never), (failure) =>
      isCode(failure, "NOTIFY_REFUSED"),
    );
    await publisher.close();
  });

  it("can be tried again while the broker is frozen or away, and then arrive", async () => {
    const publisher = await open("iai");
    await publisher.deliver(aNotification(), never);
    const later = (failure: unknown) => isCode(failure, "NOTIFY_UNREACHABLE");
    server.freeze();
    await assert.rejects(publisher.deliver(aNotification(), never), later);
    server.thaw();
    await publisher.deliver(aNotification(), never);
    await server.kill();
    await assert.rejects(publisher.deliver(aNotification(), never), later);
    await server.restart();
    await publisher.deliver(aNotification(), never);
    await publisher.close();
  });
});
