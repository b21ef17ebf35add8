import type { SendMailOptions } from "nodemailer";
import { hashText } from "../../../kernel/hash.ts";
import type { Notification } from "../../../ports/notifier.ts";
import type { EmailConfig } from "./config.ts";

/**
 * A notification as a message. Messages of one alarm form a thread; the same notification has the same Message-ID,
 * so that mail systems know a repeat.
 */
export function encodeEmail(
  notification: Notification,
  { from, to }: Pick<EmailConfig, "from" | "to">,
): SendMailOptions {
  const { notificationId, alarm, title } = notification;
  const domain = domainOf(from);
  const thread = `<alarm-${hashText(alarm.traceId)}@${domain}>`;
  return {
    from,
    to: [...to],
    subject: title,
    text: textPart(notification),
    html: htmlPart(notification),
    messageId: `<${hashText(notificationId)}@${domain}>`,
    references: thread,
    inReplyTo: thread,
    date: new Date(notification.at),
    priority: alarm.severity === "P0" ? "high" : "normal",
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-IAI-Notification-Id": encodeURIComponent(notificationId),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function textPart({ text, link, alarm }: Notification): string {
  const paragraphs = [
    text,
    ...(link === null ? [] : [link]),
    `${alarm.deviceId} · ${alarm.traceId}`,
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function htmlPart({ title, text, link, alarm }: Notification): string {
  const address = link === null ? null : escapeHtml(link);
  return [
    "<!doctype html><html><body>",
    `<p><strong>${escapeHtml(title)}</strong></p>`,
    `<p>${escapeHtml(text).replaceAll("\n", "<br>")}</p>`,
    address === null ? "" : `<p><a href="${address}">${address}</a></p>`,
    `<p><small>${escapeHtml(`${alarm.deviceId} · ${alarm.traceId}`)}</small></p>`,
    "</body></html>",
  ].join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Names and texts come from devices and people: they are shown, never interpreted. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Of `IAI <iai@plant.example>`: `plant.example`. */
function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? "iai.invalid";
}
