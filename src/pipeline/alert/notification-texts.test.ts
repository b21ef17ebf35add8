import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anAlarm } from "../../../test/fixtures/an-alarm.ts";
import { bareMetric } from "../../model/device.ts";
import { createNotificationPlan } from "./notification-plan.ts";

const device = {
  deviceName: "Pump 1",
  factoryId: "F1",
  lineId: "L3",
  metrics: { temperature: bareMetric("°C") },
};
const plan = (language: "zh" | "en", consoleUrl: string | null = null) =>
  createNotificationPlan({
    targets: [
      { name: "hook", severities: ["P0", "P1", "P2"] },
      { name: "mail", severities: ["P0", "P1"] },
    ],
    language,
    consoleUrl,
    repeatP0Ms: 1,
    escalateMs: { p0Ms: 1, p1Ms: 1, orderMs: 1 },
  });
const occasion = {
  notificationId: "n1",
  kind: "raised",
  at: 0,
  alarm: anAlarm(),
  device,
  repeated: false,
} as const;

describe("notification plan", () => {
  it("tells each target of its severities, and nobody of P3", () => {
    const told = (["P0", "P1", "P2", "P3"] as const).map((s) => plan("en").targetsFor(s).length);
    assert.deepEqual(told, [2, 2, 1, 0]);
  });

  it("says what, where, how much and by when, in both languages", () => {
    const en = plan("en").compose(occasion);
    for (const part of ["over-temperature", "Pump 1", "96.25 °C", "85 %", "30 min"]) {
      assert.ok(`${en.title} ${en.text}`.includes(part), part);
    }
    const zh = plan("zh").compose(occasion);
    for (const part of ["温度过高", "Pump 1", "96.25 °C", "85%", "30 分钟"]) {
      assert.ok(`${zh.title} ${zh.text}`.includes(part), part);
    }
  });

  it("links to the alarm's page where the console has an address", () => {
    assert.equal(plan("en").compose(occasion).link, null);
    const { link } = plan("en", "https://iai.example/").compose(occasion);
    assert.equal(link, "https://iai.example/alarms/trace-1");
  });

  it("speaks of a device that is not registered, and of silence, which has no value", () => {
    const alarm = anAlarm({ condition: "no_data", reading: null, worstMetric: null, margin: null });
    const { title, deviceName } = plan("en").compose({ ...occasion, alarm, device: null });
    assert.equal(deviceName, "PUMP_01");
    assert.ok(title.includes("no data"));
  });
});
