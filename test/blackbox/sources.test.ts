import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { type ModbusPeer, openModbusPeer } from "../fixtures/modbus-peer.ts";

let plant: HttpPlant;
let peer: ModbusPeer;
before(async () => {
  peer = await openModbusPeer();
  peer.putFloat(1, 100, 212);
  plant = await openHttpPlant("sources", { yaml: "log: { level: error }\n" });
});
after(async () => {
  await plant.stop();
  await peer.die();
});

const map = {
  metrics: { temperature: { function: 3, address: 100, type: "float32", unit: "°F" } },
};
const optionsOf = (deviceId: string) => ({
  port: peer.port,
  devices: [{ deviceId, map, everyMs: 100, factoryId: "F001", lineId: "L003" }],
});
const source = async (name: string): Promise<Json> => await plant.read(`/sources/${name}`);
const runs = (name: string) =>
  eventually(
    async () => (await source(name))["state"] === "running",
    () => source(name),
  );

async function countOf(deviceId: string): Promise<number> {
  const path = `/readings?device_id=${deviceId}&limit=10000`;
  const { status, body } = await plant.get<Page>(path);
  return status === 200 ? body.items.length : 0;
}

describe("a source that is added while IAI runs", () => {
  it("is looked at before anything is stored", async () => {
    const body = { kind: "modbus", options: optionsOf("PUMP_09"), duration_ms: 800 };
    const { status, body: preview } = await plant.send<Json>("POST", "/sources/preview", body);
    assert.equal(status, 200);
    const [tag] = preview["tags"] as readonly Json[];
    const { device_id, metric, value, unit, source_value, source_unit, quality } = tag ?? {};
    assert.deepEqual(
      [device_id, metric, value, unit, source_value, source_unit, quality, tag?.["registered"]],
      ["PUMP_09", "temperature", 100, "°C", 212, "°F", "good", false],
    );
    assert.equal((await plant.get("/devices/PUMP_09")).status, 404);
    assert.deepEqual((await plant.read<Page>("/sources")).items, []);
  });

  it("brings readings at once, is stopped, edited and started, and nobody else notices", async () => {
    for (const [name, device] of [
      ["hall", "PUMP_01"],
      ["other", "FAN_01"],
    ] as const) {
      const body = { name, kind: "modbus", options: optionsOf(device) };
      assert.equal((await plant.send("POST", "/sources", body)).status, 201);
    }
    await runs("hall");
    await eventually(
      async () => (await countOf("PUMP_01")) > 3,
      () => source("hall"),
    );
    assert.equal((await plant.send("POST", "/sources/hall/stop", {})).status, 200);
    await eventually(async () => (await source("hall"))["state"] === "stopped");
    const stopped = await countOf("PUMP_01");
    const others = await countOf("FAN_01");
    await eventually(async () => (await countOf("FAN_01")) > others + 5);
    assert.equal(await countOf("PUMP_01"), stopped);
    const patch = { options: optionsOf("PUMP_02"), revision: 2 };
    assert.equal((await plant.send("PATCH", "/sources/hall", patch)).status, 200);
    assert.equal((await plant.send("POST", "/sources/hall/start", {})).status, 200);
    await eventually(
      async () => (await countOf("PUMP_02")) > 3,
      () => source("hall"),
    );
    assert.equal(await countOf("PUMP_01"), stopped);
    assert.equal((await source("other"))["recoveries"], 0);
  });

  it("is there again after kill -9, and stays away when it was removed", async () => {
    await plant.restart();
    await runs("hall");
    const before = await countOf("PUMP_02");
    await eventually(
      async () => (await countOf("PUMP_02")) > before + 3,
      () => source("hall"),
    );
    assert.equal((await plant.send("DELETE", "/sources/hall", undefined)).status, 204);
    assert.equal((await plant.get("/sources/hall")).status, 404);
    await plant.restart();
    assert.deepEqual(
      (await plant.read<Page>("/sources")).items.map(({ name }) => name),
      ["other"],
    );
    assert.deepEqual(peer.written, []);
  });
});
