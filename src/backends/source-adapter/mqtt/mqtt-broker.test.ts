import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { type PeerUnderTest, testSourceAdapter } from "../../../../test/contract/source-adapter.ts";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { aNotification, anAlarm } from "../../../../test/fixtures/notifications.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import {
  makeCertificate,
  noCertificates,
} from "../../../../test/fixtures/self-made-certificate.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { freePorts } from "../../../../test/servers/processes.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { mqttBrokerConfig } from "./broker-config.ts";
import { type OpenMqttBroker, openMqttBroker } from "./mqtt-broker.ts";

const folder = temporaryFolder("mqtt-broker");
const deps = { clock: systemClock, log: silentLog, random: () => 0.5 };
const topicOf = (deviceId: string): string => `iai/F1/L1/${deviceId}/readings`;

function secret(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, `secret of ${name}\n`, { mode: 0o600 });
  return path;
}

function configOf(port: number) {
  return mqttBrokerConfig.parse({
    kind: "mqtt-broker",
    name: "plant",
    port,
    users: [
      { name: "gateway", passwordFile: secret("gateway") },
      { name: "pump", passwordFile: secret("pump"), devices: ["PUMP_01"], hearsAlarms: true },
      { name: "console", passwordFile: secret("console"), hearsAlarms: true, devices: [] },
      { name: "plc", passwordFile: secret("plc"), hearsAlarms: true },
    ],
  });
}

function clientOf(port: number, user: string, options: IClientOptions = {}): MqttClient {
  const client = mqtt.connect({
    host: "127.0.0.1",
    port,
    protocol: "mqtt",
    username: user,
    password: `secret of ${user}`,
    reconnectPeriod: 0,
    ...options,
  });
  client.on("error", () => undefined);
  return client;
}

const connected = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once("connect", () => resolve()));
const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once("close", () => resolve()));

/** A gateway that keeps what is not acknowledged and comes back by itself. */
function aGateway(port: number): PeerUnderTest {
  const options = { clientId: "gateway-1", clean: false, reconnectPeriod: 20 };
  let client = clientOf(port, "gateway", options);
  let acknowledged = 0;
  let clock = Date.now() - 30_000;
  const publish = (payload: string): void => {
    client.publish(topicOf("PUMP_01"), payload, { qos: 1 }, (failure) => {
      if (!failure) acknowledged += 1;
    });
  };
  return {
    measure: async (temperatures) => {
      for (const temperature of temperatures) {
        clock += 1;
        publish(JSON.stringify({ timestamp: clock, temperature }));
      }
    },
    talkNonsense: async () => publish('{"temperature": 4'),
    acknowledged: () => acknowledged,
    die: async () => void client.end(true),
    revive: async () => {
      client = clientOf(port, "gateway", options);
    },
    commands: () => [],
    close: async () => void client.end(true),
  };
}

const notThere = "a broker does not know which clients ought to be there";
testSourceAdapter({
  name: "mqtt-broker",
  open: async () => {
    const [port = 0] = await freePorts(1);
    const config = configOf(port);
    return {
      peer: aGateway(port),
      open: async () => (await openMqttBroker(config, deps)).adapter,
    };
  },
  gaps: {
    "says that its peer is away and why, and comes back with it": notThere,
    "ends at once while its peer is away": notThere,
  },
});

describe("the broker inside IAI", () => {
  let port: number;
  let broker: OpenMqttBroker;
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;
  let clients: MqttClient[];

  const connect = async (user: string, options: IClientOptions = {}): Promise<MqttClient> => {
    const client = clientOf(port, user, options);
    clients.push(client);
    await connected(client);
    return client;
  };
  const refusalOf = async (user: string, options: IClientOptions): Promise<unknown> => {
    const client = clientOf(port, user, options);
    clients.push(client);
    return await new Promise((resolve) =>
      client.once("error", (failure) => resolve((failure as { code?: unknown }).code)),
    );
  };
  const reading = (temperature: number): string =>
    JSON.stringify({ timestamp: Date.now(), temperature });

  beforeEach(async () => {
    [port = 0] = await freePorts(1);
    broker = await openMqttBroker(configOf(port), deps);
    sink = new RecordingSink();
    stop = new AbortController();
    running = broker.adapter.run(sink, stop.signal);
    clients = [];
    await eventually(() => broker.adapter.state().state === "running");
  });
  afterEach(async () => {
    for (const client of clients) client.end(true);
    stop.abort();
    await running;
  });

  it("lets in nobody without the right password, and nobody at all without users", async () => {
    assert.equal(await refusalOf("gateway", { password: "guess" }), 4);
    assert.equal(await refusalOf("stranger", { password: "secret of gateway" }), 4);
    assert.equal(await refusalOf("gateway", { password: "" }), 4);
    const bare = mqttBrokerConfig.parse({ kind: "mqtt-broker", name: "bare" });
    assert.deepEqual(bare.users, []);
  });

  it("takes a device's readings from its own user only, and ends the connection of who tries more", async () => {
    const pump = await connect("pump");
    await pump.publishAsync(topicOf("PUMP_01"), reading(1), { qos: 1 });
    const gone = closed(pump);
    pump.publish(topicOf("PUMP_02"), reading(2), { qos: 1 });
    await gone;
    const other = await connect("pump");
    const goneToo = closed(other);
    other.publish("something/else", reading(3), { qos: 1 });
    await goneToo;
    assert.deepEqual(sink.valuesOf("temperature"), [1]);
  });

  it("lets nobody throw another user out by taking its name", async () => {
    const gateway = await connect("gateway", { clientId: "line-3" });
    assert.equal(await refusalOf("pump", { clientId: "line-3" }), 4);
    await gateway.publishAsync(topicOf("PUMP_09"), reading(9), { qos: 1 });
    assert.deepEqual(sink.valuesOf("temperature"), [9]);
  });

  it("gives alarms to those who may hear them, of their own devices, and readings to nobody", async () => {
    const [plc, pump, consoleUser] = await Promise.all([
      connect("plc"),
      connect("pump"),
      connect("console"),
    ]);
    const heard: string[] = [];
    for (const [name, client] of [
      ["plc", plc],
      ["pump", pump],
      ["console", consoleUser],
    ] as const) {
      await client.subscribeAsync("iai/+/+/+/alarms", { qos: 1 });
      client.on("message", (topic) => heard.push(`${name} ${topic}`));
    }
    for (const filter of ["#", "iai/#", "iai/+/+/+/readings", "$SYS/#", "+/+/+/+/+"])
      await assert.rejects(plc.subscribeAsync(filter), filter);
    const gateway = await connect("gateway");
    await assert.rejects(gateway.subscribeAsync("iai/+/+/+/alarms"));
    const signal = new AbortController().signal;
    await broker.alarms?.deliver(aNotification({ notificationId: "1" }), signal);
    const second = aNotification({ notificationId: "2", alarm: anAlarm({ deviceId: "PUMP_02" }) });
    await broker.alarms?.deliver(second, signal);
    await gateway.publishAsync(topicOf("PUMP_01"), reading(1), { qos: 1 });
    await eventually(
      () => heard.length >= 3,
      () => heard,
    );
    assert.deepEqual(heard.toSorted(), [
      "plc iai/F1/L1/PUMP_01/alarms",
      "plc iai/F1/L1/PUMP_02/alarms",
      "pump iai/F1/L1/PUMP_01/alarms",
    ]);
  });

  it("publishes no alarm while it does not run, and says that it may be tried again", async () => {
    stop.abort();
    await running;
    const late = broker.alarms?.deliver(aNotification(), new AbortController().signal);
    await assert.rejects(late ?? Promise.resolve(), (failure) =>
      isCode(failure, "NOTIFY_UNREACHABLE"),
    );
  });

  it("ends the connection of who announces 200 MB, and of who sends 70,000 bytes", async () => {
    const socket = connectSocket(port, "127.0.0.1");
    socket.on("error", () => undefined);
    const ended = once(socket, "close");
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4, 0x4d, 0x51]));
    await ended;
    const gateway = await connect("gateway");
    const gone = closed(gateway);
    gateway.publish(topicOf("PUMP_01"), "x".repeat(70_000), { qos: 1 });
    await gone;
    assert.equal(sink.items.length, 0);
  });

  it("takes messages of QoS 0 and 2 as well, and keeps no retained ones", async () => {
    const gateway = await connect("gateway");
    await gateway.publishAsync(topicOf("PUMP_01"), reading(2), { qos: 2, retain: true });
    gateway.publish(topicOf("PUMP_01"), reading(0), { qos: 0 });
    await eventually(() => sink.items.length === 2);
    assert.deepEqual(sink.valuesOf("temperature"), [2, 0]);
  });

  it("waits for a port that another program has", async () => {
    const second = await openMqttBroker({ ...configOf(port), name: "second" }, deps);
    const end = new AbortController();
    const waiting = second.adapter.run(new RecordingSink(), end.signal);
    await eventually(() => second.adapter.state().state === "failed");
    stop.abort();
    await running;
    await eventually(() => second.adapter.state().state === "running");
    end.abort();
    await waiting;
  });
});

describe("the broker inside IAI over TLS", { skip: noCertificates }, () => {
  it("shows its certificate, and asks clients for one where it is told to", async () => {
    const [port = 0] = await freePorts(1);
    const { key, cert } = makeCertificate();
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const files = {
      tlsCertFile: file("cert.pem", cert),
      tlsKeyFile: file("key.pem", key),
      // Signed by itself: it is its own authority.
      tlsClientCaFile: file("ca.pem", cert),
    };
    const config = mqttBrokerConfig.parse({ ...configOf(port), ...files });
    const { adapter } = await openMqttBroker(config, deps);
    const sink = new RecordingSink();
    const stop = new AbortController();
    const running = adapter.run(sink, stop.signal);
    await eventually(() => adapter.state().state === "running");
    const options = { protocol: "mqtts", ca: cert, servername: "localhost" } as const;
    const bare = clientOf(port, "gateway", options);
    await closed(bare);
    const known = clientOf(port, "gateway", { ...options, key, cert });
    await known.publishAsync(topicOf("PUMP_01"), '{"timestamp":1,"temperature":3}', { qos: 1 });
    assert.deepEqual(sink.valuesOf("temperature"), [3]);
    for (const client of [bare, known]) client.end(true);
    stop.abort();
    await running;
  });

  it("does not begin beyond this machine without it, unless somebody says so", () => {
    const base = { kind: "mqtt-broker", name: "b", host: "0.0.0.0" };
    assert.equal(mqttBrokerConfig.safeParse(base).success, false);
    assert.equal(mqttBrokerConfig.safeParse({ ...base, allowInsecureBind: true }).success, true);
  });
});
