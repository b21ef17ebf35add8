import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { eventually } from "../../../../test/fixtures/eventually.ts";
import { RecordingSink } from "../../../../test/fixtures/recording-sink.ts";
import {
  createSparkplugPeer,
  readSparkplug,
  type SparkplugPeer,
} from "../../../../test/fixtures/sparkplug-node.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { wordOf } from "../../../../test/servers/mosquitto/mosquitto-peer.ts";
import { startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import { mqttSourceConfig } from "./config.ts";
import { openMqttSource } from "./mqtt-source-adapter.ts";

const server = await startServer("mosquitto");
after(() => server.stop());
const url = `mqtt://127.0.0.1:${String(server.connection["port"])}`;
const birthsFolder = temporaryFolder("sparkplug-servers");
const deps = {
  birthsFolder,
  clock: systemClock,
  log: silentLog,
  random: Math.random,
  variable: () => wordOf(server, "iaiPassword"),
};
const BACK_MS = 30_000;
let tests = 0;

describe("Sparkplug B over Mosquitto", () => {
  let sink: RecordingSink;
  let stop: AbortController;
  let running: Promise<void>;
  let adapter: SourceAdapter;
  let group: string;
  let node: SparkplugPeer;
  let field: MqttClient;
  let asked: Buffer[];
  let time: number;
  const seen = () => ({ state: adapter.state(), items: sink.items.length });
  const temperatures = () =>
    sink.items.flatMap(({ value }) => {
      const { metrics } = (value ?? {}) as { metrics?: Record<string, number> };
      return metrics?.["temperature"] ?? [];
    });
  const stateOf = (name: string) => adapter.state().parts.find((part) => part.name === name)?.state;

  const start = async (requestRebirth = false): Promise<void> => {
    const template = `spBv1.0/${group}/+/{line_id}/{device_id}`;
    const config = mqttSourceConfig.parse({
      ...{ kind: "mqtt", name: group, url, username: "iai", alarmTopic: null },
      passwordVariable: "PLANT_MQTT_PASSWORD",
      topics: [{ template, payload: { kind: "sparkplug", requestRebirth } }],
    });
    stop = new AbortController();
    ({ adapter } = await openMqttSource(config, deps));
    running = adapter.run(sink, stop.signal);
    await eventually(() => stateOf("connection 1") === "running", seen, BACK_MS);
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  const send = async ([topic, payload]: readonly [string, Buffer]): Promise<void> =>
    void (await field.publishAsync(topic, payload, { qos: 1 }));
  const born = async (): Promise<void> => {
    await send(node.birth([{ name: "Node Control/Rebirth", type: "Boolean", value: false }]));
    await send(
      node.deviceBirth("PUMP_01", [{ name: "temperature", type: "Float", value: 1, alias: 1 }]),
    );
  };
  const measure = async (...values: readonly number[]): Promise<void> => {
    for (const value of values) {
      time += 1;
      await send(node.data("PUMP_01", [{ alias: 1, type: "Float", value, timestamp: time }]));
    }
  };

  beforeEach(async () => {
    tests += 1;
    group = `F${tests}`;
    sink = new RecordingSink();
    asked = [];
    time = Date.now() - 60_000;
    node = createSparkplugPeer({ group, node: "EDGE_1" }, () => time);
    const [, will] = node.death(0);
    field = await connectAsync(url, {
      ...{ username: "gateway", password: wordOf(server, "gatewayPassword") },
      will: { topic: `spBv1.0/${group}/NDEATH/EDGE_1`, payload: will, qos: 1, retain: false },
    });
    field.on("message", (_topic, payload) => void asked.push(payload));
    await field.subscribeAsync(`spBv1.0/${group}/NCMD/EDGE_1`);
  });
  afterEach(async () => {
    await end();
    await field.endAsync(true);
  });

  it("brings values by alias, and tells of the node's death with all its devices", async () => {
    await start();
    await born();
    await measure(2, 3);
    await eventually(() => temperatures().length === 3, seen);
    assert.deepEqual(temperatures(), [1, 2, 3]);
    assert.equal(stateOf(`${group}/EDGE_1/PUMP_01`), "running");
    // Its cable is pulled: the broker sends its will.
    field.stream.destroy();
    await eventually(() => stateOf(`${group}/EDGE_1/PUMP_01`) === "connecting", seen, BACK_MS);
    assert.equal(stateOf(`${group}/EDGE_1`), "connecting");
    assert.deepEqual(asked, []);
  });

  it("asks a node that was running before for its birth, where it may", async () => {
    await born();
    await start(true);
    await measure(2);
    await eventually(() => asked.length === 1, seen, BACK_MS);
    const [metric] = readSparkplug(asked[0] ?? Buffer.alloc(0)).metrics ?? [];
    assert.deepEqual([metric?.name, metric?.value], ["Node Control/Rebirth", true]);
    assert.deepEqual(temperatures(), []);
    await born();
    await measure(3);
    await eventually(() => temperatures().includes(3), seen);
    assert.deepEqual(temperatures(), [1, 3]);
  });

  it("loses nothing that was sent while it was away, and knows what it means", async () => {
    await start();
    await born();
    await measure(2);
    await eventually(() => temperatures().includes(2), seen);
    await end();
    await measure(3, 4, 5);
    await start();
    await eventually(() => temperatures().includes(5), seen, BACK_MS);
    assert.deepEqual(temperatures(), [1, 2, 3, 4, 5]);
    assert.ok(sink.items.every(({ fault }) => fault === null));
  });

  it("has values again after the broker was killed and the node has come back", async () => {
    await start();
    await born();
    await eventually(() => temperatures().length === 1, seen);
    await server.kill();
    await eventually(() => stateOf("connection 1") !== "running", seen, BACK_MS);
    await server.restart();
    await eventually(() => stateOf("connection 1") === "running", seen, BACK_MS);
    await eventually(() => field.connected, seen, BACK_MS);
    await born();
    await measure(7);
    await eventually(() => temperatures().includes(7), seen, BACK_MS);
  });
});
