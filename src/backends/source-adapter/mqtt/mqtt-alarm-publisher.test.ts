import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testNotifier } from "../../../../test/contract/notifier.ts";
import { openAedesReceiver } from "../../../../test/fixtures/aedes-receiver.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aNotification, anAlarm } from "../../../../test/fixtures/notifications.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttAlarmPublisher } from "./mqtt-alarm-publisher.ts";

const never = new AbortController().signal;

async function open() {
  const receiver = await openAedesReceiver();
  const clock = new SimulatedClock(Date.UTC(2026, 1, 28, 12));
  const config = mqttSourceConfig.parse({
    kind: "mqtt",
    name: "plant",
    url: `mqtt://127.0.0.1:${receiver.port}`,
    version: "3.1.1",
  });
  const deps = { clock, log: silentLog, random: () => 0.5, variable: () => undefined };
  const alarmTopic = config.alarmTopic ?? "";
  const notifier = await openMqttAlarmPublisher({ ...config, alarmTopic }, deps);
  return { notifier, receiver, clock, timeoutMs: config.connectTimeoutMs };
}

testNotifier({
  name: "mqtt alarms (aedes, MQTT 3.1.1)",
  open,
  gaps: {
    "is final when the receiver refuses":
      "MQTT 3.1.1 has no word for a refused message: the broker ends the connection; see the suite on Mosquitto for MQTT 5",
  },
});

describe("an alarm on its topic", () => {
  it("says whose it is, what happened, and which reading raised it", async () => {
    const { notifier, receiver } = await open();
    await notifier.deliver(aNotification({ kind: "cleared" }), never);
    assert.deepEqual(receiver.topics, ["iai/F1/L1/PUMP_01/alarms"]);
    const [message] = receiver.messages;
    const { kind, trace_id, device_id, condition, severity, timestamp, seq, values } =
      message ?? {};
    assert.deepEqual([kind, trace_id, device_id], ["cleared", "trace-1", "PUMP_01"]);
    assert.deepEqual([condition, severity], ["over_temp", "P1"]);
    assert.deepEqual(
      [timestamp, seq, values],
      [Date.UTC(2026, 1, 28, 11, 59, 59, 750), 17, { temperature: 96.5 }],
    );
    await notifier.close();
    await receiver.close();
  });

  it("of a device that no topic can name is refused for good", async () => {
    const { notifier, receiver } = await open();
    const strange = aNotification({ alarm: anAlarm({ deviceId: "a/b" }) });
    await assert.rejects(notifier.deliver(strange, never), (failure) =>
      isCode(failure, "NOTIFY_REFUSED"),
    );
    assert.deepEqual(receiver.topics, []);
    await notifier.close();
    await receiver.close();
  });
});
