import { createTransport } from "nodemailer";
import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { encodeEmail } from "./codec.ts";
import type { EmailConfig } from "./config.ts";
import { failureOfSend } from "./errors.ts";

export interface EmailDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Mail servers allow few connections from one client; more messages wait within their own time-out. */
const connectionsMax = 4;
const messagesPerConnection = 100;
/** A connection idle for longer is not used again: firewalls forget it without a word. */
const idleMs = 10_000;

/** Sends each notification as one message over SMTP; see README.md for what is promised. */
export async function openEmailNotifier(config: EmailConfig, deps: EmailDeps): Promise<Notifier> {
  const { clock, log } = deps;
  const { name, timeoutMs } = config;
  const password =
    config.passwordFile === null ? null : await readSecretFile(config.passwordFile, log);
  const pool = openPool(config, password);
  const closing = new AbortController();

  return {
    name,
    deliver: async (notification, caller) => {
      const message = encodeEmail(notification, config);
      const signal = AbortSignal.any([caller, closing.signal]);
      const sent = await withDeadline({ clock, ms: timeoutMs, signal }, (limited) =>
        pool.sendMail({ ...message, signal: limited }),
      ).catch((failure: unknown) => {
        throw failureOfSend(name, failure);
      });
      // Sending again would tell the others twice, and would not help these.
      if (sent.rejected.length > 0)
        log.error("notify.recipients.refused", { name, recipients: sent.rejected });
      return { receipt: sent.response };
    },
    close: async () => {
      closing.abort(new Error("IAI is stopping"));
      pool.close();
    },
  };
}

function openPool(config: EmailConfig, password: string | null) {
  const { host, port, timeoutMs } = config;
  return createTransport({
    pool: true,
    host,
    port,
    secure: config.tls === "tls",
    requireTLS: config.tls === "starttls",
    ignoreTLS: config.tls === "none",
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2" },
    ...(config.user === null || password === null
      ? {}
      : { auth: { user: config.user, pass: password } }),
    maxConnections: connectionsMax,
    maxMessages: messagesPerConnection,
    idleTimeout: idleMs,
    // What nobody waits for any more must end by itself.
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: Math.max(timeoutMs, idleMs),
  });
}
