import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { serverCertificateOf } from "../fixtures/opcua-source.ts";
import { plantOf } from "../servers/asyncua/asyncua-plant.ts";
import { startServer } from "../servers/server-handle.ts";
import { root } from "../tidy/sources.ts";

const server = await startServer("asyncua");
const machines = plantOf(server);
const folder = mkdtempSync(join(tmpdir(), "iai-opcua-blackbox-"));
const mapFile = join(folder, "hall.yaml");
writeFileSync(
  mapFile,
  `
defaults: { sampling_ms: 50, expected_ms: 1000 }
devices:
  PUMP_01:
    factory_id: F001
    line_id: L003
    metrics:
      temperature: { node: "nsu=urn:iai:test:plant;s={device}.temperature", unit: °C }
      pressure: { node: "nsu=urn:iai:test:plant;s={device}.pressure", unit: bar }
`,
);
const yaml = `
log: { level: error }
sources:
  - { kind: opcua, name: hall, url: "${String(server.connection["url"])}", mapFile: ${mapFile}, publishMs: 100, keepAliveMs: 1000 }
`;

let plant: HttpPlant;
before(async () => {
  plant = await openHttpPlant("opcua", { yaml });
});
after(async () => {
  await plant.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Everybody is back within this time after a fault has ended. */
const BACK_MS = 30_000;

const source = async (): Promise<Json> => (await plant.read<Page>("/sources")).items[0] ?? {};
const isRunning = async (): Promise<boolean> => (await source())["state"] === "running";
const readings = async (from: number): Promise<readonly Json[]> =>
  (await plant.get<Page>(`/readings?device_id=PUMP_01&from=${from}&limit=1000`)).body.items ?? [];
const measure = (value: number, at: number) =>
  machines.set({ node: "PUMP_01.temperature", value, source_ms: at });

describe("readings over OPC-UA, from asyncua to the alarm", () => {
  it("come only after a person has trusted the server", async () => {
    await eventually(async () => (await source())["state"] === "failed", source, BACK_MS);
    const entry = join(root, "src", "app", "cli", "main.ts");
    const words = ["opcua", "trust", "add", serverCertificateOf(server)];
    const done = spawnSync(process.execPath, [entry, ...words, "--data-dir", plant.iai.dataDir]);
    assert.equal(done.status, 0, String(done.stderr));
    await eventually(isRunning, source, BACK_MS);
  });

  it("arrive with value, unit, quality and the time of the source", async () => {
    const at = Date.now() - 1_500;
    await machines.set({
      node: "PUMP_01.pressure",
      value: 21,
      status: "UncertainLastUsableValue",
      source_ms: at,
    });
    await measure(45.25, at);
    const found = async () =>
      (await readings(at)).find((one) => one["timestamp"] === new Date(at).toISOString());
    await eventually(async () => (await found())?.["pressure"] !== undefined, found, BACK_MS);
    const reading = await found();
    assert.equal(reading?.["temperature"], 45.25);
    assert.ok(Math.abs(Number(reading?.["pressure"]) - 2.1) < 1e-12);
    assert.deepEqual(reading?.["quality"], { pressure: "uncertain" });
    const device = await plant.read("/devices/PUMP_01");
    assert.deepEqual([device["factory_id"], device["line_id"]], ["F001", "L003"]);
  });

  it("raise an alarm when the value leaves its limit", async () => {
    const body = {
      device_id: "PUMP_01",
      device_name: "Feed pump",
      device_type: "pump",
      factory_id: "F001",
      line_id: "L003",
      metrics: { temperature: { unit: "°C", hh: 90 } },
    };
    assert.equal((await plant.send("POST", "/devices", body)).status, 200);
    await measure(96.5, Date.now());
    const alerts = async () => (await plant.read<Page>("/alerts?device_id=PUMP_01")).items;
    const isThere = async () =>
      (await alerts()).some((alert) => alert["condition"] === "over_temp");
    await eventually(isThere, alerts, BACK_MS);
    await measure(45, Date.now());
  });

  it("are all stored once, those measured while IAI was killed with -9 as well", async () => {
    const begun = Date.now();
    const values = Array.from({ length: 40 }, (_, n) => n);
    for (const n of values.slice(0, 20)) await measure(50 + n, begun + n);
    const restarting = plant.restart();
    for (const n of values.slice(20)) await measure(50 + n, begun + n);
    await restarting;
    const stored = async () =>
      (await readings(begun)).filter(
        (one) => new Date(String(one["timestamp"])).getTime() < begun + values.length,
      );
    await eventually(async () => (await stored()).length >= values.length, stored, BACK_MS);
    assert.deepEqual(
      (await stored()).map((one) => one["temperature"]).toSorted(),
      values.map((n) => 50 + n).toSorted(),
    );
  });

  it("go on after kill -9 of the server", async () => {
    await server.kill();
    await eventually(async () => !(await isRunning()), source, BACK_MS);
    await server.restart();
    const since = Date.now();
    await measure(46, since);
    await eventually(async () => (await readings(since)).length > 0, source, BACK_MS);
    await eventually(isRunning, source, BACK_MS);
    const { Write = 0, Call = 0 } = await machines.requests();
    assert.equal(Write + Call, 0);
  });
});
