import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { testNotifier } from "../../../../test/contract/notifier.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aNotification } from "../../../../test/fixtures/notifications.ts";
import {
  makeCertificate,
  noCertificates,
  trusting,
} from "../../../../test/fixtures/self-made-certificate.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import {
  openWebhookReceiver,
  type WebhookReceiver,
} from "../../../../test/fixtures/webhook-receiver.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { Notifier } from "../../../ports/notifier.ts";
import { notificationMessageOut } from "../../../wire/alert-message.ts";
import { webhookConfig } from "./config.ts";
import { openWebhookNotifier, type WebhookDeps } from "./webhook-notifier.ts";

const now = Date.UTC(2026, 1, 28, 12, 0, 1);
const never = new AbortController().signal;

async function openFor(part: Record<string, unknown>, deps: Partial<WebhookDeps> = {}) {
  const config = webhookConfig.parse({ kind: "webhook", name: "line", ...part });
  const clock = new SimulatedClock(now);
  const notifier = await openWebhookNotifier(config, { clock, log: silentLog, ...deps });
  return { notifier, clock, timeoutMs: config.timeoutMs };
}

testNotifier({
  name: "webhook",
  open: async () => {
    const receiver = await openWebhookReceiver();
    const url = `http://127.0.0.1:${receiver.port}/hook`;
    return { receiver, ...(await openFor({ url, allowLoopback: true })) };
  },
});

describe("webhook notifier", () => {
  let receiver: WebhookReceiver;
  let opened: Notifier[];
  beforeEach(async () => {
    receiver = await openWebhookReceiver();
    opened = [];
  });
  afterEach(async () => {
    for (const notifier of opened) await notifier.close();
    await receiver.close();
  });
  const open = async (part: Record<string, unknown> = {}, deps: Partial<WebhookDeps> = {}) => {
    const url = `http://127.0.0.1:${receiver.port}/hook?channel=shift`;
    const { notifier } = await openFor({ url, allowLoopback: true, ...part }, deps);
    opened.push(notifier);
    return notifier;
  };

  it("carries the alarm and of its reading the timestamp, seq and values", async () => {
    const notifier = await open();
    await notifier.deliver(aNotification(), never);
    const [post] = receiver.posts;
    const message = notificationMessageOut.parse(JSON.parse(post?.body ?? ""));
    const { alarm, ...said } = aNotification();
    assert.equal(message.trace_id, alarm.traceId);
    assert.equal(message.device_id, "PUMP_01");
    assert.equal(message.condition, "over_temp");
    assert.equal(message.severity, "P1");
    assert.equal(message.timestamp, alarm.reading?.timestamp);
    assert.equal(message.seq, 17);
    assert.deepEqual(message.values, { temperature: 96.5 });
    assert.equal(message.title, said.title);
    assert.equal(message.link, said.link);
    assert.equal(post?.headers["content-type"], "application/json; charset=utf-8");
  });

  it("signs time and body with the secret, and nothing without one", async () => {
    const secretFile = join(temporaryFolder("webhook"), "secret");
    writeFileSync(secretFile, "schlüssel-42\n", { mode: 0o600 });
    const notifier = await open({ secretFile });
    await notifier.deliver(aNotification(), never);
    await (await open()).deliver(aNotification(), never);
    const [signed, plain] = receiver.posts;
    const text = `${signed?.headers["x-iai-timestamp"]}.${signed?.body}`;
    const expected = createHmac("sha256", "schlüssel-42").update(text).digest("hex");
    assert.equal(signed?.headers["x-iai-signature"], `sha256=${expected}`);
    assert.equal(signed?.headers["x-iai-timestamp"], String(now));
    assert.equal(plain?.headers["x-iai-signature"], undefined);
  });

  it("does not start with a secret that is missing or empty", async () => {
    const secretFile = join(temporaryFolder("webhook"), "secret");
    await assert.rejects(open({ secretFile }), (f) => isCode(f, "CONFIG_UNREADABLE"));
    writeFileSync(secretFile, "\n");
    await assert.rejects(open({ secretFile }), (f) => isCode(f, "CONFIG_INVALID"));
  });

  it("uses a connection again", async () => {
    const notifier = await open();
    for (let i = 0; i < 20; i += 1) await notifier.deliver(aNotification(), never);
    assert.equal(receiver.connections, 1);
    await Promise.all(Array.from({ length: 200 }, () => notifier.deliver(aNotification(), never)));
    assert.ok(receiver.connections <= 16);
    assert.equal(receiver.posts.length, 220);
  });

  const answers: Readonly<Record<number, "NOTIFY_UNREACHABLE" | "NOTIFY_REFUSED">> = {
    301: "NOTIFY_REFUSED",
    307: "NOTIFY_REFUSED",
    304: "NOTIFY_REFUSED",
    400: "NOTIFY_REFUSED",
    404: "NOTIFY_REFUSED",
    410: "NOTIFY_REFUSED",
    408: "NOTIFY_UNREACHABLE",
    429: "NOTIFY_UNREACHABLE",
    500: "NOTIFY_UNREACHABLE",
    502: "NOTIFY_UNREACHABLE",
  };
  for (const [status, code] of Object.entries(answers)) {
    it(`takes the answer ${status} as ${code}, and follows it nowhere`, async () => {
      let requests = 0;
      receiver.answer = (_, response) => {
        requests += 1;
        response.writeHead(Number(status), { location: `http://127.0.0.1:${receiver.port}/x` });
        response.end();
      };
      const notifier = await open();
      await assert.rejects(notifier.deliver(aNotification(), never), (f) => isCode(f, code));
      assert.equal(requests, 1);
    });
  }

  it("reads at most 64 KiB of an answer that has no end", async () => {
    let closed: (() => void) | null = null;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    receiver.answer = (_, response) => {
      const block = Buffer.alloc(16 * 1024);
      const pour = (): void => {
        while (!response.destroyed && response.write(block));
      };
      response.on("drain", pour).on("close", () => closed?.());
      response.writeHead(200);
      pour();
    };
    const notifier = await open();
    await notifier.deliver(aNotification(), never);
    await gone;
  });

  it("verifies the certificate of an https receiver", { skip: noCertificates }, async () => {
    const certificate = makeCertificate();
    const safe = await openWebhookReceiver(certificate);
    after(() => safe.close());
    const url = `https://localhost:${safe.port}/hook`;
    const doubtful = await open({ url });
    await assert.rejects(doubtful.deliver(aNotification(), never), (f) =>
      isCode(f, "NOTIFY_UNREACHABLE"),
    );
    assert.equal(safe.posts.length, 0);
    await trusting(certificate.cert, async () => {
      const notifier = await open({ url });
      await notifier.deliver(aNotification(), never);
    });
    assert.equal(safe.posts.length, 1);
  });
});
