import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { SMTPServerOptions } from "smtp-server";
import { testNotifier } from "../../../../test/contract/notifier.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import {
  headerOf,
  type MailReceiver,
  openMailReceiver,
} from "../../../../test/fixtures/mail-receiver.ts";
import { aNotification, anAlarm } from "../../../../test/fixtures/notifications.ts";
import {
  makeCertificate,
  noCertificates,
  trusting,
} from "../../../../test/fixtures/self-made-certificate.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { type Log, silentLog } from "../../../kernel/log.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { emailConfig } from "./config.ts";
import { openEmailNotifier } from "./email-notifier.ts";

const never = new AbortController().signal;
const mailbox = {
  kind: "email",
  name: "shift",
  host: "127.0.0.1",
  tls: "none",
  from: "IAI <iai@plant.example>",
  to: ["shift@plant.example"],
};

async function openFor(part: Record<string, unknown>, log: Log = silentLog) {
  const config = emailConfig.parse({ ...mailbox, ...part });
  const clock = new SimulatedClock(Date.UTC(2026, 1, 28, 12));
  const notifier = await openEmailNotifier(config, { clock, log });
  return { notifier, clock, timeoutMs: config.timeoutMs };
}

testNotifier({
  name: "email",
  open: async () => {
    const receiver = await openMailReceiver();
    return { receiver, ...(await openFor({ port: receiver.port })) };
  },
});

describe("email notifier", () => {
  let closables: { close(): Promise<void> }[];
  beforeEach(() => {
    closables = [];
  });
  afterEach(async () => {
    for (const closable of closables.toReversed()) await closable.close();
  });
  const receive = async (options: SMTPServerOptions = {}): Promise<MailReceiver> => {
    const receiver = await openMailReceiver(options);
    closables.push(receiver);
    return receiver;
  };
  const open = async (part: Record<string, unknown>, log?: Log): Promise<Notifier> => {
    const { notifier } = await openFor(part, log);
    closables.push(notifier);
    return notifier;
  };

  it("sends the ready-made words as text and as HTML, to every recipient", async () => {
    const receiver = await receive();
    const to = ["a@plant.example", "b@plant.example"];
    const notifier = await open({ port: receiver.port, to });
    await notifier.deliver(aNotification({ title: "P1 hot", text: "Act soon." }), never);
    const [message = ""] = receiver.messages;
    assert.deepEqual(receiver.recipients, to);
    assert.equal(headerOf(message, "Subject"), "P1 hot");
    assert.equal(headerOf(message, "Auto-Submitted"), "auto-generated");
    assert.match(message, /text\/plain[\s\S]*Act soon\.[\s\S]*text\/html[\s\S]*<p>Act soon\.<\/p>/);
    assert.ok(message.includes("https://iai.example/alarms/trace-1"));
  });

  it("keeps the messages of one alarm in one thread", async () => {
    const receiver = await receive();
    const notifier = await open({ port: receiver.port });
    const other = anAlarm({ traceId: "trace-2" });
    await notifier.deliver(aNotification({ notificationId: "1" }), never);
    await notifier.deliver(aNotification({ notificationId: "2" }), never);
    await notifier.deliver(aNotification({ notificationId: "3", alarm: other }), never);
    const [first, second, third] = receiver.messages.map((m) => headerOf(m, "References"));
    assert.equal(second, first);
    assert.notEqual(third, first);
  });

  it("lets a device's name add neither markup, nor a header, nor a recipient", async () => {
    const receiver = await receive();
    const notifier = await open({ port: receiver.port });
    const title = "P1 hot\r\nBcc: thief@evil.example\r\n\r\n<script>alert(1)</script>";
    await notifier.deliver(aNotification({ title, text: '<img src=x onerror="1">' }), never);
    const [message = ""] = receiver.messages;
    const html = message.slice(message.indexOf("text/html"));
    assert.deepEqual(receiver.recipients, mailbox.to);
    assert.equal(headerOf(message, "Bcc"), null);
    assert.ok(!/<script|<img/.test(html));
  });

  it("says so when some recipients are refused, and does not tell the others again", async () => {
    const receiver = await receive({
      onRcptTo: ({ address }, _, callback) => {
        const refusal = Object.assign(new Error("no such mailbox"), { responseCode: 550 });
        callback(address.startsWith("gone") ? refusal : null);
      },
    });
    const said: string[] = [];
    const log: Log = { ...silentLog, error: (event) => void said.push(event) };
    const some = ["gone@plant.example", "shift@plant.example"];
    const notifier = await open({ port: receiver.port, to: some }, log);
    await notifier.deliver(aNotification(), never);
    assert.deepEqual(receiver.recipients, ["shift@plant.example"]);
    assert.deepEqual(said, ["notify.recipients.refused"]);
    const lost = await open({ port: receiver.port, to: ["gone@plant.example"] });
    const refused = lost.deliver(aNotification(), never);
    await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_REFUSED"));
  });

  it("logs in, and tries again when the log-in is refused", async () => {
    const folder = temporaryFolder("email");
    writeFileSync(join(folder, "right"), "s3cret\n", { mode: 0o600 });
    writeFileSync(join(folder, "wrong"), "guess\n", { mode: 0o600 });
    const receiver = await receive({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, callback) => {
        if (username === "iai" && password === "s3cret") callback(null, { user: "iai" });
        else callback(new Error("wrong"));
      },
    });
    const account = { port: receiver.port, user: "iai" };
    const right = await open({ ...account, passwordFile: join(folder, "right") });
    await right.deliver(aNotification(), never);
    assert.equal(receiver.messages.length, 1);
    const wrong = await open({ ...account, passwordFile: join(folder, "wrong") });
    const refused = wrong.deliver(aNotification(), never);
    await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
  });

  it("sends nothing to a server that does not offer STARTTLS when it is demanded", async () => {
    const receiver = await receive();
    const notifier = await open({ port: receiver.port, tls: "starttls" });
    const refused = notifier.deliver(aNotification(), never);
    await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
    assert.equal(receiver.messages.length, 0);
  });

  for (const tls of ["starttls", "tls"]) {
    it(`verifies the server's certificate with ${tls}`, { skip: noCertificates }, async () => {
      const certificate = makeCertificate();
      const receiver = await receive({
        ...certificate,
        secure: tls === "tls",
        disabledCommands: [],
      });
      const target = { host: "localhost", port: receiver.port, tls };
      const doubtful = await open(target);
      const refused = doubtful.deliver(aNotification(), never);
      await assert.rejects(refused, (failure) => isCode(failure, "NOTIFY_UNREACHABLE"));
      assert.equal(receiver.messages.length, 0);
      await trusting(certificate.cert, async () => {
        const notifier = await open(target);
        await notifier.deliver(aNotification(), never);
      });
      assert.equal(receiver.messages.length, 1);
    });
  }

  it("does not start with a password that would cross the network in the clear", () => {
    const account = { user: "iai", passwordFile: "secret" };
    const config = { ...mailbox, ...account, host: "mail.plant.example" };
    assert.equal(emailConfig.safeParse(config).success, false);
    assert.equal(emailConfig.safeParse({ ...config, tls: "starttls" }).success, true);
    assert.equal(emailConfig.safeParse({ ...mailbox, user: "iai" }).success, false);
  });
});
