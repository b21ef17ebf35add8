import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  codesOf,
  type HttpPlant,
  type Json,
  minutesAgo,
  openHttpPlant,
} from "../fixtures/http-plant.ts";

let plant: HttpPlant;
const at = minutesAgo(30);
const rows = async (device: string): Promise<readonly Json[]> =>
  (await plant.read<{ items: Json[] }>(`/readings?device_id=${device}`)).items;

before(async () => {
  plant = await openHttpPlant("identity-contract");
});
after(() => plant?.stop());

describe("identity of a reading", () => {
  it("counts a repeat as a duplicate, also inside one body and after kill -9", async () => {
    const reading = { device_id: "D1", timestamp: at, temperature: 40, vibration: 0.1 };
    const first = await plant.ingest([reading, reading]);
    assert.deepEqual([first.body.accepted, first.body.duplicates], [1, 1]);
    const again = await plant.ingest(reading);
    assert.equal(again.status, 200);
    assert.deepEqual([again.body.accepted, again.body.duplicates], [0, 1]);
    await plant.restart();
    const later = await plant.ingest(reading);
    assert.deepEqual([later.body.accepted, later.body.duplicates], [0, 1]);
    const conflict = await plant.ingest({ ...reading, temperature: 41 });
    assert.deepEqual(codesOf(conflict.body), [[0, "DUPLICATE_CONFLICT"]]);
    await plant.idle();
    assert.equal((await rows("D1")).length, 1);
    assert.equal((await rows("D1"))[0]?.["temperature"], 40);
  });

  it("merges disjoint metrics of one time into one reading", async () => {
    assert.equal(
      (await plant.ingest({ device_id: "D2", timestamp: at, temperature: 40 })).body.accepted,
      1,
    );
    assert.equal(
      (await plant.ingest({ device_id: "D2", timestamp: at, vibration: 0.2 })).body.accepted,
      1,
    );
    const overlap = { device_id: "D2", timestamp: at, vibration: 0.2, metrics: { flow: 3 } };
    assert.equal((await plant.ingest(overlap)).body.accepted, 1);
    await plant.idle();
    const found = await rows("D2");
    assert.equal(found.length, 1);
    assert.equal(found[0]?.["temperature"], 40);
    assert.equal(found[0]?.["vibration"], 0.2);
    assert.deepEqual(found[0]?.["metrics"], { flow: 3 });
  });

  it("keeps the first of two values for one time and metric", async () => {
    const first = { device_id: "D3", timestamp: at, temperature: 40 };
    const { status, body } = await plant.ingest([first, { ...first, temperature: 41 }]);
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
    assert.deepEqual(codesOf(body), [[1, "DUPLICATE_CONFLICT"]]);
    await plant.idle();
    assert.equal((await rows("D3"))[0]?.["temperature"], 40);
  });
});

describe("units", () => {
  it("converts each once and keeps what was sent", async () => {
    const table: readonly (readonly [string, number, string, number])[] = [
      ["temperature", 212, "°F", 100],
      ["temperature", 300, "K", 26.85],
      ["pressure", 2100, "kPa", 2.1],
      ["pressure", 21, "bar", 2.1],
      ["pressure", 100, "psi", 0.689475729],
      ["vibration", 9.80665, "m/s²", 1],
      ["vibration_velocity", 1, "in/s", 25.4],
      ["current", 1500, "mA", 1.5],
      ["current", 0.02, "kA", 20],
      ["voltage", 400_000, "mV", 400],
      ["voltage", 0.4, "kV", 400],
      ["power", 1500, "W", 1.5],
      ["flow", 6, "m³/h", 100],
    ];
    const shorthand = new Set(["temperature", "pressure", "vibration", "current"]);
    for (const [i, [metric, value, unit]] of table.entries()) {
      const values = shorthand.has(metric) ? { [metric]: value } : { metrics: { [metric]: value } };
      const reading = { device_id: `U${i}`, timestamp: at, ...values, units: { [metric]: unit } };
      const { body } = await plant.ingest(reading);
      assert.equal(body.accepted, 1, `${metric} ${unit}`);
      assert.deepEqual(body.degraded, []);
    }
    await plant.idle();
    for (const [i, [metric, value, unit, expected]] of table.entries()) {
      const reading = (await rows(`U${i}`))[0] ?? {};
      const stored = Number(reading[metric] ?? (reading["metrics"] as Json)[metric]);
      assert.ok(Math.abs(stored - expected) < 1e-6, `${value} ${unit}: ${stored}`);
      assert.deepEqual((reading["source"] as Json)[metric], { value, unit });
    }
  });

  it("calls g and mm/s incompatible in both directions", async () => {
    const sent = { device_id: "U90", timestamp: at, temperature: 1 };
    const g = await plant.ingest({ ...sent, vibration: 4, units: { vibration: "mm/s" } });
    assert.deepEqual(g.body.degraded, [
      { index: 0, field: "vibration", code: "UNIT_INCOMPATIBLE" },
    ]);
    const velocity = await plant.ingest({
      device_id: "U91",
      timestamp: at,
      temperature: 1,
      metrics: { vibration_velocity: 1 },
      units: { vibration_velocity: "g" },
    });
    assert.deepEqual(velocity.body.degraded, [
      { index: 0, field: "vibration_velocity", code: "UNIT_INCOMPATIBLE" },
    ]);
  });

  it("judges absurd values after the conversion", async () => {
    const reading = {
      device_id: "U92",
      timestamp: at,
      current: 1,
      temperature: 4000,
      units: { temperature: "K" },
    };
    assert.equal((await plant.ingest(reading)).body.degraded[0]?.code, "VALUE_OUT_OF_RANGE");
  });
});

describe("devices", () => {
  const pump = {
    device_id: "P1",
    device_name: "Feed pump",
    device_type: "centrifugal_pump",
    factory_id: "F1",
    line_id: "L1",
    rated_temp_max: 95,
    metrics: { flow: { unit: "m³/h", l: 6, hh: 30, deadband: 0.6, period_ms: 1000 } },
  };

  it("registers an unknown sender with criticality C and says that it is not protected", async () => {
    await plant.ingest({ device_id: "P1", timestamp: at, temperature: 40, metrics: { flow: 300 } });
    const device = await plant.read("/devices/P1");
    assert.equal(device["auto_registered"], true);
    assert.equal(device["protected"], false);
    assert.equal(device["criticality"], "C");
    assert.equal(device["status"], "RUNNING");
  });

  it("completes it with 200, creates another with 201, and refuses the same again with 409", async () => {
    const completed = await plant.send("POST", "/devices", pump);
    assert.equal(completed.status, 200, JSON.stringify(completed.body));
    assert.equal(completed.body["auto_registered"], false);
    assert.equal(completed.body["protected"], true);
    assert.equal(completed.body["criticality"], "B");
    assert.equal(completed.body["rated_temp_max"], 95);
    const created = await plant.send("POST", "/devices", {
      ...pump,
      device_id: "P2",
      criticality: "A",
    });
    assert.equal(created.status, 201);
    assert.equal(created.body["criticality"], "A");
    const again = await plant.send("POST", "/devices", pump);
    assert.equal(again.status, 409);
    assert.equal(again.body["code"], "CONFLICT");
  });

  it("refuses unknown fields and limits that do not rise", async () => {
    const unknown = await plant.send("POST", "/devices", {
      ...pump,
      device_id: "P3",
      colour: "red",
    });
    assert.equal(unknown.status, 422);
    const metrics = { flow: { unit: "L/min", h: 9, hh: 8 } };
    assert.ok(
      (await plant.send("POST", "/devices", { ...pump, device_id: "P3", metrics })).status >= 400,
    );
    const wrong = { flow: { unit: "furlong" } };
    const unit = await plant.send("POST", "/devices", { ...pump, device_id: "P3", metrics: wrong });
    assert.ok(unit.status >= 400 && unit.status < 500);
    assert.equal(unit.body["code"], "UNIT_UNKNOWN");
    assert.equal((await plant.get("/devices/P3")).status, 404);
  });

  it("changes what PATCH names and nothing else", async () => {
    const patched = await plant.send("PATCH", "/devices/P2", {
      location: "Hall 3",
      rated_temp_max: null,
    });
    assert.equal(patched.status, 200);
    assert.equal(patched.body["location"], "Hall 3");
    assert.equal(patched.body["rated_temp_max"], null);
    assert.equal(patched.body["device_name"], "Feed pump");
    assert.equal((await plant.send("PATCH", "/devices/NONE", { location: "x" })).status, 404);
  });

  it("says status, baseline and forecast of a device", async () => {
    const status = await plant.read("/devices/P1/status");
    assert.equal(status["device_id"], "P1");
    const baseline = await plant.read("/devices/P1/baseline");
    assert.equal(baseline["device_id"], "P1");
    const forecast = await plant.read("/devices/P1/forecast");
    assert.equal(forecast["forecast"], null);
    assert.equal(typeof forecast["reason"], "string");
    assert.equal((await plant.get("/devices/NONE/status")).status, 404);
    assert.equal(
      (await plant.send("POST", "/devices/P1/rebaseline", { reason: "new bearing" })).status,
      200,
    );
  });
});
