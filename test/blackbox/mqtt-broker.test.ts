import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import mqtt, { type MqttClient } from "mqtt";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { freePorts } from "../servers/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "iai-broker-blackbox-"));
const passwordFile = join(folder, "gateway.password");
writeFileSync(passwordFile, "secret of the gateway\n", { mode: 0o600 });
const [port = 0] = await freePorts(1);
const yaml = `
log: { level: error }
sources:
  - kind: mqtt-broker
    name: inside
    port: ${port}
    users:
      - { name: gateway, passwordFile: ${passwordFile}, hearsAlarms: true }
`;

let plant: HttpPlant;
before(async () => {
  plant = await openHttpPlant("mqtt-broker", { yaml });
});
after(async () => {
  await plant.stop();
  rmSync(folder, { recursive: true, force: true });
});

function connect(reconnectPeriod: number): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    username: "gateway",
    password: "secret of the gateway",
    clean: false,
    clientId: "line-3",
    reconnectPeriod,
  });
  client.on("error", () => undefined);
  return client;
}

async function storedTimes(deviceId: string): Promise<ReadonlySet<number>> {
  const { status, body } = await plant.get<Page>(`/readings?device_id=${deviceId}&limit=10000`);
  if (status !== 200) return new Set();
  return new Set(body.items.map((item) => new Date(String(item["timestamp"])).getTime()));
}

async function counted(deviceId: string): Promise<number> {
  const { items } = await plant.read<Page>(`/aggregates?device_id=${deviceId}&metric=temperature`);
  return items.reduce((sum: number, row: Json) => sum + Number(row["count"]), 0);
}

describe("the broker inside IAI", () => {
  it("has on disk what it acknowledged before kill -9, and takes the rest once when it comes again", async () => {
    const from = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    const acknowledged = new Set<number>();
    let client = connect(0);
    const send = (at: number): void => {
      const payload = JSON.stringify({ timestamp: at, temperature: 20 });
      client.publish("iai/F001/L003/PUMP_01/readings", payload, { qos: 1 }, (failure) => {
        if (!failure) acknowledged.add(at);
      });
    };
    const all = Array.from({ length: 3_000 }, (_, n) => from + n);
    for (const at of all) send(at);
    await eventually(
      () => acknowledged.size >= 100,
      () => acknowledged.size,
      30_000,
    );
    await plant.restart();
    client.end(true);
    const promised = Array.from(acknowledged);
    await plant.idle();
    const survived = await storedTimes("PUMP_01");
    assert.ok(promised.length < all.length, "it was killed in the middle");
    assert.deepEqual(
      promised.filter((at) => !survived.has(at)),
      [],
    );
    client = connect(50);
    for (const at of all) send(at);
    await eventually(
      () => acknowledged.size === all.length,
      () => acknowledged.size,
      30_000,
    );
    await plant.idle();
    assert.equal((await storedTimes("PUMP_01")).size, all.length);
    assert.equal(await counted("PUMP_01"), all.length);
    client.end(true);
  });

  it("hands the alarm to the client that hears alarms", async () => {
    const made = await plant.send("POST", "/devices", {
      device_id: "PUMP_02",
      device_name: "Feed pump",
      device_type: "pump",
      factory_id: "F001",
      line_id: "L003",
      metrics: { temperature: { unit: "°C", hh: 90 } },
    });
    assert.equal(made.status, 201);
    const client = connect(50);
    const heard: Json[] = [];
    client.on("message", (_topic, payload) => heard.push(JSON.parse(payload.toString()) as Json));
    await client.subscribeAsync("iai/F001/+/PUMP_02/alarms", { qos: 1 });
    const hot = { timestamp: Date.now() - 500, temperature: 95, seq: 3 };
    await client.publishAsync("iai/F001/L003/PUMP_02/readings", JSON.stringify(hot), { qos: 1 });
    await eventually(
      () => heard.length > 0,
      () => heard,
      20_000,
    );
    const { device_id, condition, kind, seq } = heard[0] ?? {};
    assert.deepEqual([device_id, condition, kind, seq], ["PUMP_02", "over_temp", "raised", 3]);
    client.end(true);
  });
});
