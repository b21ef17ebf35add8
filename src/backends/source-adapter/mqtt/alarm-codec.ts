import type { Notification } from "../../../ports/notifier.ts";
import { alertMessageToWire } from "../../../wire/alert-message.ts";
import { fillTemplate } from "./topic-template.ts";

/** A transition of an alarm as it is published; `topic` null: no topic can carry the names of its device. */
export interface AlarmMessage {
  readonly topic: string | null;
  readonly payload: string;
}

export function encodeAlarm(template: string, notification: Notification): AlarmMessage {
  const { factoryId, lineId, deviceName, alarm } = notification;
  const place = { factory_id: factoryId, line_id: lineId, device_id: alarm.deviceId };
  const message = {
    notification_id: notification.notificationId,
    kind: notification.kind,
    at: new Date(notification.at).toISOString(),
    factory_id: factoryId,
    line_id: lineId,
    device_name: deviceName,
    ...alertMessageToWire(alarm),
  };
  return { topic: fillTemplate(template, place), payload: JSON.stringify(message) };
}
