import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { createSparkplugPeer } from "../fixtures/sparkplug-node.ts";
import { publishLines, wordOf } from "../servers/mosquitto/mosquitto-peer.ts";
import { startServer } from "../servers/server-handle.ts";

const server = await startServer("mosquitto");
const url = `mqtt://127.0.0.1:${String(server.connection["port"])}`;
const password = wordOf(server, "iaiPassword");
/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

let plant: HttpPlant;
let field: MqttClient;
before(async () => {
  plant = await openHttpPlant("sources-servers", { yaml: "log: { level: info }\n" });
  const login = { username: "gateway", password: wordOf(server, "gatewayPassword") };
  field = await connectAsync(url, login);
});
after(async () => {
  await field.endAsync(true);
  await plant.stop();
  await server.stop();
});

const source = async (name: string): Promise<Json> => await plant.read(`/sources/${name}`);
const isIn = (name: string, state: string) =>
  eventually(
    async () => (await source(name))["state"] === state,
    () => source(name),
    BACK_MS,
  );
const newest = async (deviceId: string): Promise<Json | undefined> => {
  const path = `/readings?device_id=${deviceId}&order=desc&limit=1`;
  const { status, body } = await plant.get<Page>(path);
  return status === 200 ? body.items[0] : undefined;
};

describe("sources that are added over the API, on Mosquitto", () => {
  it("sign in with a password that is kept sealed and shown to nobody", async () => {
    const options = { url, username: "iai" };
    const body = {
      name: "plant",
      kind: "mqtt",
      options,
      secrets: { password: "wrong-by-a-letter" },
    };
    assert.equal((await plant.send("POST", "/sources", body)).status, 201);
    await isIn("plant", "failed");
    const patch = { secrets: { password } };
    assert.equal((await plant.send("PATCH", "/sources/plant", patch)).status, 200);
    await isIn("plant", "running");
    await publishLines(server, "iai/F001/L003/PUMP_01/readings", [
      JSON.stringify({ timestamp: Date.now(), temperature: 45.25 }),
    ]);
    await eventually(async () => (await newest("PUMP_01"))?.["temperature"] === 45.25);
    const told = JSON.stringify([await source("plant"), await plant.read("/sources/export")]);
    assert.ok(!told.includes(password));
    assert.ok(!plant.iai.output().includes(password));
    for (const file of readdirSync(plant.iai.dataDir))
      if (file.startsWith("records.db"))
        assert.ok(!readFileSync(join(plant.iai.dataDir, file)).includes(password), file);
  });

  it("sign in again with it after kill -9", async () => {
    await plant.restart();
    await isIn("plant", "running");
  });

  it("carry Sparkplug B from the birth to the stored reading and on to alarm and order", async () => {
    const body = {
      device_id: "PUMP_07",
      device_name: "Feed pump",
      device_type: "pump",
      factory_id: "F001",
      line_id: "EDGE_1",
      metrics: { temperature: { unit: "°C", hh: 90 } },
    };
    assert.equal((await plant.send("POST", "/devices", body)).status, 201);
    const payload = { kind: "sparkplug" };
    const topics = [{ template: "spBv1.0/{factory_id}/+/{line_id}/{device_id}", payload }];
    const options = { url, username: "iai", clientId: "iai-sparkplug", topics };
    const draft = { name: "nodes", kind: "mqtt", options, secrets: { password } };
    assert.equal((await plant.send("POST", "/sources", draft)).status, 201);
    await isIn("nodes", "running");
    const isAbout = (celsius: number) =>
      eventually(
        async () => Math.abs(Number((await newest("PUMP_07"))?.["temperature"]) - celsius) < 1e-9,
        () => newest("PUMP_07"),
      );
    const at = Date.now() - 2_000;
    const node = createSparkplugPeer({ group: "F001", node: "EDGE_1" }, () => at);
    const properties = { engUnit: { type: "String", value: "°F" } } as const;
    const send = async ([topic, bytes]: readonly [string, Buffer]): Promise<void> =>
      void (await field.publishAsync(topic, bytes, { qos: 1 }));
    await send(node.birth([]));
    await send(
      node.deviceBirth("PUMP_07", [
        { name: "temperature", type: "Float", value: 113, alias: 1, properties },
        { name: "flow", type: "Double", value: 30, alias: 2 },
      ]),
    );
    await isAbout(45);
    const hot = { alias: 1, type: "Float", value: 212, timestamp: at + 1_000 } as const;
    const doubtful = { Quality: { type: "Int32", value: 0 } } as const;
    const flow = { alias: 2, type: "Double", value: 3, timestamp: at + 1_000 } as const;
    await send(node.data("PUMP_07", [hot, { ...flow, properties: doubtful }]));
    await isAbout(100);
    const reading = await newest("PUMP_07");
    assert.equal(reading?.["timestamp"], new Date(at + 1_000).toISOString());
    assert.deepEqual(reading?.["quality"], { flow: "bad" });
    const alerts = async () => (await plant.read<Page>("/alerts?device_id=PUMP_07")).items;
    await eventually(
      async () => (await alerts()).some((alert) => alert["condition"] === "over_temp"),
      alerts,
      BACK_MS,
    );
    const orders = async () => (await plant.read<Page>("/work-orders?device_id=PUMP_07")).items;
    await eventually(async () => (await orders()).length > 0, orders, BACK_MS);
  });
});
