import { createHmac } from "node:crypto";
import type { EpochMs } from "../../../model/basics.ts";
import type { Notification } from "../../../ports/notifier.ts";
import { alertMessageToWire, type NotificationMessage } from "../../../wire/alert-message.ts";

export interface WebhookMessage {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** What is posted: the body, and the headers that name and sign it. `secret` null: not signed. */
export function encodeWebhook(
  notification: Notification,
  { now, secret }: { readonly now: EpochMs; readonly secret: string | null },
): WebhookMessage {
  const body = Buffer.from(JSON.stringify(notificationToWire(notification)));
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
    "user-agent": "iai",
    "x-iai-notification-id": encodeURIComponent(notification.notificationId),
    "x-iai-timestamp": now,
  };
  if (secret === null) return { body, headers };
  return { body, headers: { ...headers, "x-iai-signature": signatureOf(body, now, secret) } };
}

export function notificationToWire(notification: Notification): NotificationMessage {
  return {
    notification_id: notification.notificationId,
    kind: notification.kind,
    at: new Date(notification.at).toISOString(),
    device_name: notification.deviceName,
    line_id: notification.lineId,
    title: notification.title,
    text: notification.text,
    link: notification.link,
    ...alertMessageToWire(notification.alarm),
  };
}

/** HMAC-SHA-256 over `<timestamp>.<body>`: the time is signed too, so that an old message cannot be played again. */
function signatureOf(body: Buffer, timestamp: EpochMs, secret: string): string {
  const hmac = createHmac("sha256", secret).update(`${timestamp}.`).update(body);
  return `sha256=${hmac.digest("hex")}`;
}
