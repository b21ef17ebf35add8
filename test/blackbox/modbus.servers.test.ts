import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { slavesOf } from "../servers/modbus/modbus-slaves.ts";
import { startServer } from "../servers/server-handle.ts";

const server = await startServer("modbus");
const slaves = slavesOf(server);
const folder = mkdtempSync(join(tmpdir(), "iai-modbus-blackbox-"));
const mapFile = join(folder, "pump.yaml");
writeFileSync(
  mapFile,
  `
device_type: pump
metrics:
  temperature: { function: 3, address: 100, type: int16, scale: 0.1, unit: °C }
  pressure: { function: 3, address: 101, type: float32, order: CDAB, unit: bar }
  flow: { function: 4, address: 10, type: uint16, invalid: [65535], unit: L/min }
status: { function: 4, address: 11, values: { 0: STOPPED, 1: RUNNING } }
`,
);
const yaml = `
log: { level: error }
sources:
  - kind: modbus
    name: hall
    port: ${String(server.connection["port"])}
    devices:
      - { deviceId: PUMP_01, unit: 1, mapFile: ${mapFile}, everyMs: 200, factoryId: F001, lineId: L003 }
`;

let plant: HttpPlant;
before(async () => {
  await slaves.set(1, 3, 100, [453]);
  await slaves.set(1, 3, 101, [0x0000, 0x41a8]);
  await slaves.set(1, 4, 10, [65_535, 1]);
  plant = await openHttpPlant("modbus", { yaml });
});
after(async () => {
  await plant.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

async function newest(): Promise<Json | undefined> {
  const { status, body } = await plant.get<Page>("/readings?device_id=PUMP_01&order=desc&limit=1");
  return status === 200 ? body.items[0] : undefined;
}

const hasNew = async (since: number): Promise<boolean> =>
  new Date(String((await newest())?.["timestamp"] ?? 0)).getTime() > since;

describe("readings over Modbus, from pymodbus to the alarm", () => {
  it("arrive with value, unit, quality, state and time", async () => {
    const begun = Date.now() - 2_000;
    await eventually(() => hasNew(begun), newest, BACK_MS);
    const reading = await newest();
    assert.equal(reading?.["temperature"], 45.3);
    assert.ok(Math.abs(Number(reading?.["pressure"]) - 2.1) < 1e-12);
    assert.equal(reading?.["status"], "RUNNING");
    assert.deepEqual(reading?.["quality"], { flow: "bad" });
    const age = Date.now() - new Date(String(reading?.["timestamp"])).getTime();
    assert.ok(age >= 0 && age < 5_000, `${age}`);
    const device = await plant.read("/devices/PUMP_01");
    assert.deepEqual([device["factory_id"], device["line_id"]], ["F001", "L003"]);
  });

  it("raise an alarm when the register leaves its limit", async () => {
    const body = {
      device_id: "PUMP_01",
      device_name: "Feed pump",
      device_type: "pump",
      factory_id: "F001",
      line_id: "L003",
      metrics: { temperature: { unit: "°C", hh: 90 } },
    };
    assert.equal((await plant.send("POST", "/devices", body)).status, 200);
    await slaves.set(1, 3, 100, [965]);
    const alerts = async () => (await plant.read<Page>("/alerts?device_id=PUMP_01")).items;
    // The flow that is no measurement has an alarm of its own, about its sensor.
    await eventually(
      async () => (await alerts()).some((alert) => alert["condition"] === "over_temp"),
      alerts,
      BACK_MS,
    );
    await slaves.set(1, 3, 100, [453]);
  });

  it("go on after kill -9 of IAI, after kill -9 of the slave, and after a frozen slave", async () => {
    await plant.restart();
    let since = Date.now();
    await eventually(() => hasNew(since), newest, BACK_MS);
    const source = async (): Promise<Json> => (await plant.read<Page>("/sources")).items[0] ?? {};
    await server.kill();
    await eventually(async () => (await source())["state"] !== "running", source, BACK_MS);
    await server.restart();
    await slaves.set(1, 3, 100, [453]);
    since = Date.now();
    await eventually(() => hasNew(since), newest, BACK_MS);
    server.freeze();
    await eventually(async () => (await source())["state"] !== "running", source, BACK_MS);
    server.thaw();
    since = Date.now();
    await eventually(() => hasNew(since), newest, BACK_MS);
    await eventually(async () => (await source())["state"] === "running", source, BACK_MS);
    assert.ok((await slaves.functions()).every((code) => code === 3 || code === 4));
  });
});
