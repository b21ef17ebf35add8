import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import {
  openMosquittoPeer,
  publishLines,
  signCertificate,
  wordOf,
} from "../../../../test/servers/mosquitto/mosquitto-peer.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { type Log, silentLog } from "../../../kernel/log.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttSource } from "./mqtt-source-adapter.ts";

const server = await startServer("mosquitto");
after(() => server.stop());

/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;
const topic = "iai/F001/L003/PUMP_01/readings";

let peer: Awaited<ReturnType<typeof openMosquittoPeer>>;
let sink: RecordingSink;
let stop: AbortController;
let running: Promise<void>;
let adapter: SourceAdapter;
let password: string;
let errors: string[];
let sessions = 0;

const log: Log = { ...silentLog, error: (event) => void errors.push(event) };

/** Starts an adapter with a session of its own. */
async function start(options: Record<string, unknown> = {}): Promise<void> {
  sessions += 1;
  const config = mqttSourceConfig.parse({
    kind: "mqtt",
    name: "plant",
    clientId: `iai-faults-${sessions}`,
    url: `mqtt://127.0.0.1:${peer.tap.port}`,
    username: "iai",
    passwordVariable: "PLANT_MQTT_PASSWORD",
    keepAliveSeconds: 1,
    connectTimeoutMs: 2_000,
    ...options,
  });
  const variable = (): string => password;
  const deps = {
    ...{ clock: systemClock, log, random: Math.random },
    variable,
    birthsFolder: "/nowhere",
  };
  ({ adapter } = await openMqttSource({ ...config, alarmTopic: null }, deps));
  running = adapter.run(sink, stop.signal);
}

const seen = () => ({ state: adapter.state(), values: sink.valuesOf("temperature") });
const is = (state: string) => eventually(() => adapter.state().state === state, seen, BACK_MS);
const sees = (temperature: number) =>
  eventually(() => sink.valuesOf("temperature").includes(temperature), seen, BACK_MS);
const tls = (port: string, more: object = {}) => ({
  url: `mqtts://127.0.0.1:${wordOf(server, port)}`,
  tlsCaFile: wordOf(server, "caFile"),
  ...more,
});

beforeEach(async () => {
  peer = await openMosquittoPeer(server);
  sink = new RecordingSink();
  stop = new AbortController();
  running = Promise.resolve();
  password = wordOf(server, "iaiPassword");
  errors = [];
});
afterEach(async () => {
  stop.abort();
  await running;
  await peer.close();
});

describe("an MQTT source and its broker's faults", () => {
  it("fails with a wrong password, says so, and runs as soon as it is right", async () => {
    password = "wrong";
    await start();
    await is("failed");
    assert.notEqual(adapter.state().lastError, null);
    password = wordOf(server, "iaiPassword");
    await is("running");
  });

  it("notices a broker that is frozen, and has everything once it goes on", async () => {
    await start();
    await is("running");
    server.freeze();
    await is("connecting");
    server.thaw();
    await is("running");
    await peer.measure([1]);
    await sees(1);
  });

  it("notices a network that carries nothing and tells nobody, and has everything once it does", async () => {
    await start();
    await is("running");
    peer.tap.blackout();
    await peer.measure([1, 2]);
    await is("connecting");
    peer.tap.reconnect();
    await sees(1);
    await sees(2);
    await is("running");
  });

  it("has what the broker kept while its machine was without power", async () => {
    await start();
    await is("running");
    stop.abort();
    await running;
    await peer.measure([1, 2, 3]);
    await server.kill();
    stop = new AbortController();
    sessions -= 1;
    await start();
    await eventually(() => adapter.state().lastError !== null, seen);
    await server.restart();
    for (const temperature of [1, 2, 3]) await sees(temperature);
  });

  for (const version of ["3.1.1", "5"]) {
    it(`goes on when the broker has forgotten its session, and says what that means (MQTT ${version})`, async () => {
      await start({ version });
      await is("running");
      assert.deepEqual(errors, []);
      // Whoever connects with the same name and a clean session ends the old one.
      const thief = await connectAsync(`mqtt://127.0.0.1:${wordOf(server, "port")}`, {
        clientId: `iai-faults-${sessions}`,
        clean: true,
        username: "admin",
        password: wordOf(server, "adminPassword"),
        reconnectPeriod: 0,
        protocolVersion: version === "5" ? 5 : 4,
      });
      await thief.endAsync();
      await eventually(() => errors.includes("source.session.lost"), seen, BACK_MS);
      await is("running");
      await peer.measure([1]);
      await sees(1);
    });
  }

  it("is not held up by a message of 1 MiB", async () => {
    await start();
    await is("running");
    const large = JSON.stringify({ timestamp: Date.now(), status: "x".repeat(1024 * 1024) });
    await publishLines(server, topic, [large]);
    await peer.measure([1]);
    await sees(1);
    assert.deepEqual(
      sink.items.flatMap(({ fault }) => fault?.code ?? []),
      ["TOO_LARGE"],
    );
  });
});

describe("an MQTT source over TLS", () => {
  it("knows the broker by its authority, and itself by a certificate", async () => {
    const own = signCertificate(server, "own", 2);
    await start(tls("clientTlsPort", { tlsCertFile: own.certFile, tlsKeyFile: own.keyFile }));
    await is("running");
    await peer.measure([1]);
    await sees(1);
  });

  it("does not trust an authority that it was not given", async () => {
    await start({ ...tls("tlsPort"), tlsCaFile: null });
    await is("failed");
  });

  it("is not let in without a certificate, nor with one that has ended, and is with a new one", async () => {
    await start(tls("clientTlsPort"));
    await eventually(() => adapter.state().lastError !== null, seen);
    assert.notEqual(adapter.state().state, "running");
    stop.abort();
    await running;
    stop = new AbortController();
    const ended = signCertificate(server, "ended", -1);
    await start(tls("clientTlsPort", { tlsCertFile: ended.certFile, tlsKeyFile: ended.keyFile }));
    await eventually(() => adapter.state().lastError !== null, seen);
    assert.notEqual(adapter.state().state, "running");
    const renewed = signCertificate(server, "renewed", 2);
    copyFileSync(renewed.keyFile, ended.keyFile);
    copyFileSync(renewed.certFile, ended.certFile);
    await is("running");
  });

  it("refuses a broker whose certificate has ended, and runs when it is renewed", async () => {
    const folder = dirname(wordOf(server, "caFile"));
    const [cert, key] = [join(folder, "server.pem"), join(folder, "server.key")];
    const use = async (name: string, days: number): Promise<void> => {
      const signed = signCertificate(server, name, days);
      copyFileSync(signed.certFile, cert);
      copyFileSync(signed.keyFile, key);
      await server.restart();
    };
    await use("server-ended", -1);
    await start(tls("tlsPort"));
    await is("failed");
    await use("server-renewed", 2);
    await is("running");
    await peer.measure([1]);
    await sees(1);
  });
});
