import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aNotification } from "../../../../test/fixtures/notifications.ts";
import {
  openWebhookReceiver,
  type WebhookReceiver,
} from "../../../../test/fixtures/webhook-receiver.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { webhookConfig } from "./config.ts";
import type { LookupAll } from "./target-policy.ts";
import { openWebhookNotifier } from "./webhook-notifier.ts";

/** Ways to write this machine, the plant's network and the metadata services of clouds. */
const spellings = [
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "127.0.1",
  "127.127.127.127",
  "2130706433",
  "017700000001",
  "0177.0.0.1",
  "0x7f000001",
  "0x7f.1",
  "0X7F.0.0.0x1",
  "%31%32%37.0.0.1",
  "１２７.０.０.１",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "0",
  "0.0.0.0",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::FFFF:7F00:0001]",
  "[0:0:0:0:0:ffff:127.0.0.1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "hooks.localhost",
  "10.0.0.1",
  "10.1",
  "0xa000001",
  "012.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "192.168.1",
  "3232235521",
  "100.64.0.1",
  "169.254.169.254",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "[::ffff:169.254.169.254]",
  "[fe80::1]",
  "[fec0::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[ff02::1]",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
];
const never = new AbortController().signal;

describe("where a webhook may go", () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await openWebhookReceiver();
  });
  afterEach(() => receiver.close());

  /** One delivery; `answers` is what the look-ups give, one after another. */
  const deliver = async (part: Record<string, unknown>, answers?: readonly string[][]) => {
    const config = webhookConfig.parse({ kind: "webhook", name: "line", ...part });
    let lookups = 0;
    const lookup: LookupAll = async () =>
      (answers?.[lookups++] ?? []).map((address) => ({
        address,
        family: address.includes(":") ? 6 : 4,
      }));
    const deps = { clock: new SimulatedClock(0), log: silentLog };
    const notifier = await openWebhookNotifier(
      config,
      answers === undefined ? deps : { ...deps, lookup },
    );
    try {
      await notifier.deliver(aNotification(), never);
    } finally {
      await notifier.close();
    }
    return lookups;
  };
  const refuses = async (part: Record<string, unknown>, answers?: readonly string[][]) => {
    await assert.rejects(deliver(part, answers), (failure) => isCode(failure, "NOTIFY_REFUSED"));
    assert.equal(receiver.connections, 0);
  };

  for (const host of spellings) {
    it(`refuses ${host}, by http and by https`, async () => {
      await refuses({ url: `http://${host}:${receiver.port}/` });
      await refuses({ url: `https://${host}:${receiver.port}/` });
    });
  }

  it("lets no option allow what hides an address or serves a cloud's metadata", async () => {
    for (const host of ["[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0", "[fd00:ec2::254]"])
      await refuses({
        url: `http://${host}:${receiver.port}/`,
        allowHosts: [host],
        allowLoopback: true,
      });
  });

  it("refuses a name that leads inside, even if only one of its addresses does", async () => {
    const url = `https://hooks.example:${receiver.port}/`;
    await refuses({ url }, [["127.0.0.1"]]);
    await refuses({ url }, [["8.8.8.8", "10.0.0.1"]]);
    await refuses({ url }, [["2606:4700::1111", "::ffff:127.0.0.1"]]);
    await refuses({ url, allowLoopback: true }, [["10.0.0.1"]]);
  });

  it("connects to the address that was checked: a second answer is not asked for", async () => {
    const url = `http://hooks.example:${receiver.port}/`;
    const lookups = await deliver({ url, allowLoopback: true }, [["127.0.0.1"], ["10.0.0.1"]]);
    assert.equal(lookups, 1);
    assert.equal(receiver.posts[0]?.headers.host, `hooks.example:${receiver.port}`);
  });

  it("does not go to the internet without TLS", async () => {
    const part = { url: "http://hooks.example/", allowHosts: ["hooks.example"] };
    await refuses(part, [["8.8.8.8"]]);
    await refuses({ url: "http://8.8.8.8/", allowLoopback: true });
  });

  it("goes inside to a host that is allowed by its name, however it is written", async () => {
    const url = `http://Gateway.Plant.:${receiver.port}/`;
    await deliver({ url, allowHosts: ["gateway.plant"] }, [["127.0.0.1"]]);
    await deliver({ url: `http://127.1:${receiver.port}/`, allowHosts: ["127.0.0.1"] });
    assert.equal(receiver.posts.length, 2);
    const other = { url: `http://other.plant:${receiver.port}/`, allowHosts: ["gateway.plant"] };
    await assert.rejects(deliver(other, [["127.0.0.1"]]), (f) => isCode(f, "NOTIFY_REFUSED"));
    assert.equal(receiver.posts.length, 2);
  });

  it("does not start with an address that is none, or that carries a password", () => {
    const base = { kind: "webhook", name: "line" };
    for (const url of ["", "hooks.example", "ftp://a.example/", "file:///etc/passwd"])
      assert.equal(webhookConfig.safeParse({ ...base, url }).success, false, url);
    for (const url of ["https://a:b@hooks.example/", "https://a@hooks.example/", "http://[::1/"])
      assert.equal(webhookConfig.safeParse({ ...base, url }).success, false, url);
    for (const host of ["https://a.example", "a.example/x", "a.example:80", "*.example", ""]) {
      const config = { ...base, url: "https://a.example/", allowHosts: [host] };
      assert.equal(webhookConfig.safeParse(config).success, false, host);
    }
  });
});
