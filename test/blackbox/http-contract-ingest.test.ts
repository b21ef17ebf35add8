import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import {
  codesOf,
  type HttpPlant,
  type Json,
  minutesAgo,
  openHttpPlant,
} from "../fixtures/http-plant.ts";

let plant: HttpPlant;
const at = minutesAgo(30);
const iso = (ms: number): string => new Date(ms).toISOString();
const good = (device: string, second: number, more: Json = {}): Json => ({
  device_id: device,
  timestamp: iso(at + second * 1_000),
  temperature: 45.3,
  ...more,
});
const one = async (item: Json): Promise<string> => {
  const { status, body } = await plant.ingest(item);
  assert.equal(status, 422, JSON.stringify(body));
  assert.equal(body.rejected.length, 1);
  return body.rejected[0]?.code ?? "";
};

before(async () => {
  plant = await openHttpPlant("ingest-contract");
});
after(() => plant?.stop());

describe("POST /api/v1/readings: forms of a body", () => {
  it("takes the example of the design in whole", async () => {
    const { status, body } = await plant.ingest({
      device_id: "PUMP_01",
      timestamp: iso(at),
      temperature: 45.3,
      vibration: 0.52,
      pressure: 2.1,
      current: 15.8,
      metrics: { flow: 32.1, fluid_temperature: 29.7 },
      units: { pressure: "bar" },
      quality: { flow: "uncertain" },
      seq: 812,
      status: "NORMAL",
      factory_id: "F001",
      line_id: "L003",
    });
    assert.equal(status, 200);
    assert.deepEqual(body, { accepted: 1, duplicates: 0, rejected: [], degraded: [] });
    await plant.idle();
    const page = await plant.read<{ items: Json[] }>("/readings?device_id=PUMP_01");
    assert.equal(page.items.length, 1);
    const reading = page.items[0] ?? {};
    assert.equal(reading["timestamp"], iso(at));
    assert.equal(reading["temperature"], 45.3);
    assert.ok(Math.abs(Number(reading["pressure"]) - 0.21) < 1e-12);
    assert.deepEqual(reading["metrics"], { flow: 32.1, fluid_temperature: 29.7 });
    assert.deepEqual(reading["quality"], { flow: "uncertain" });
    assert.deepEqual(reading["source"], { pressure: { value: 2.1, unit: "bar" } });
    assert.equal(reading["seq"], 812);
    assert.equal(reading["status"], "NORMAL");
    const device = await plant.read("/devices/PUMP_01");
    assert.equal(device["factory_id"], "F001");
    assert.equal(device["line_id"], "L003");
  });

  it("takes an object, an array and NDJSON, and judges NDJSON line by line", async () => {
    assert.equal((await plant.ingest([good("F1", 1), good("F1", 2)])).body.accepted, 2);
    const lines = `${JSON.stringify(good("F1", 3))}\n{"device_id":\n\n${JSON.stringify(good("F1", 4))}\n`;
    for (const type of ["application/x-ndjson", "application/ndjson"]) {
      const { status, body } = await plant.ingest(lines, { "content-type": type });
      assert.equal(status, 200);
      assert.equal(body.accepted + body.duplicates, 2);
      assert.deepEqual(
        codesOf(body).map(([, code]) => code),
        ["JSON_INVALID"],
      );
    }
    assert.equal((await plant.ingest([])).status, 200);
  });

  it("takes gzip", async () => {
    const zipped = gzipSync(JSON.stringify([good("F1", 5)]));
    const { status, body } = await plant.ingest(zipped, { "content-encoding": "gzip" });
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
  });

  it("refuses a body that is no JSON, has NaN, is no UTF-8 or says a key twice", async () => {
    const bodies: readonly (readonly [string | Uint8Array, number, string])[] = [
      ["{", 400, "JSON_INVALID"],
      [`{"device_id":"F1","timestamp":${at},"temperature":NaN}`, 400, "JSON_INVALID"],
      [
        `{"device_id":"F1","timestamp":${at},"temperature":1,"temperature":2}`,
        400,
        "KEY_DUPLICATE",
      ],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, "UTF8_INVALID"],
    ];
    for (const [body, status, code] of bodies) {
      const answer = await plant.send("POST", "/readings", body);
      assert.equal(answer.status, status);
      assert.equal(answer.body["code"], code);
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    }
  });

  it("refuses more than 1 MiB, more than 1,000 readings and what unzips to more with 413", async () => {
    const big = `[${JSON.stringify(good("F2", 1, { status: "x" }))}${" ".repeat(1_048_576)}]`;
    assert.equal((await plant.ingest(big)).status, 413);
    const bomb = gzipSync(big);
    assert.equal((await plant.ingest(bomb, { "content-encoding": "gzip" })).status, 413);
    const many = Array.from({ length: 1_001 }, (_, i) => good("F2", i));
    const { status, body } = await plant.ingest(many);
    assert.equal(status, 413);
    assert.equal(body.code, "TOO_LARGE");
    assert.equal((await plant.ingest(many.slice(1))).body.accepted, 1_000);
  });

  it("refuses what is nested deeper than 8 and takes its neighbours", async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 9; i += 1) deep = { a: deep };
    const { status, body } = await plant.ingest([good("F3", 1), good("F3", 2, { metrics: deep })]);
    assert.equal(status, 200);
    assert.deepEqual(codesOf(body), [[1, "DEPTH"]]);
    assert.equal(body.accepted, 1);
  });
});

describe("POST /api/v1/readings: items", () => {
  it("rejects an item with the code of what is wrong with it, and takes its neighbours", async () => {
    const cases: readonly (readonly [Json, string])[] = [
      [good("I1", 1, { timestamp: "2026-02-28T12:00:00" }), "TS_NO_ZONE"],
      [good("I1", 1, { timestamp: "2026-02-30T12:00:00Z" }), "TS_INVALID"],
      [good("I1", 1, { timestamp: "yesterday" }), "TS_INVALID"],
      [good("I1", 1, { timestamp: Date.now() + 400_000 }), "TS_IN_FUTURE"],
      [good("I1", 1, { timestamp: Date.now() - 91 * 86_400_000 }), "TS_TOO_OLD"],
      [good("", 1), "DEVICE_ID_INVALID"],
      [good("a b", 1), "DEVICE_ID_INVALID"],
      [good("x".repeat(51), 1), "DEVICE_ID_INVALID"],
      [{ timestamp: at, temperature: 1 }, "FIELD_MISSING"],
      [{ device_id: "I1", temperature: 1 }, "FIELD_MISSING"],
      [good("I1", 1, { temprature: 3 }), "FIELD_UNKNOWN"],
      [good("I1", 1, { metrics: [1] }), "FIELD_TYPE"],
      [good("I1", 1, { seq: "1" }), "FIELD_TYPE"],
      [good("I1", 1, { units: "bar" }), "FIELD_TYPE"],
      [{ device_id: "I1", timestamp: at }, "NO_VALUES"],
      [{ device_id: "I1", timestamp: at, temperature: null }, "NO_VALUES"],
      [good("I1", 1, { metrics: { constructor: 1 } }), "FIELD_UNKNOWN"],
    ];
    for (const [item, code] of cases) {
      assert.equal(await one(item), code);
    }
    const { status, body } = await plant.ingest([good("I1", 9), ...cases.map(([item]) => item)]);
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
    assert.deepEqual(
      codesOf(body),
      cases.map(([, code], i) => [i + 1, code]),
    );
  });

  it("takes ISO with any offset and whole milliseconds as the same instant", async () => {
    const shifted = iso(at + 100_000 + 8 * 3_600_000).replace("Z", "+08:00");
    assert.equal((await plant.ingest(good("I2", 0, { timestamp: at + 100_000 }))).body.accepted, 1);
    assert.equal((await plant.ingest(good("I2", 0, { timestamp: shifted }))).body.duplicates, 1);
  });

  it("answers 422 with the outcome as problem+json when every item is rejected", async () => {
    const answer = await plant.send("POST", "/readings", [good("a b", 1), good("I1", 1, { x: 1 })]);
    assert.equal(answer.status, 422);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.equal((answer.body["rejected"] as unknown[]).length, 2);
    assert.equal(answer.body["accepted"], 0);
  });

  it("degrades one bad channel, keeps its raw text, and accepts the others", async () => {
    const values = '"temperature":1e400,"vibration":"12,5","pressure":null,"current":15.8';
    const metrics = '"a":true,"b":-300,"c":7,"fluid_temperature":20,"flow":5,"d":1e13';
    const units = '"c":"furlong","flow":"bar"';
    const text = `{"device_id":"I3","timestamp":${at},${values},"metrics":{${metrics}},"units":{${units}}}`;
    const { status, body } = await plant.ingest(text);
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
    assert.deepEqual(Object.fromEntries(body.degraded.map(({ field, code }) => [field, code])), {
      temperature: "VALUE_NOT_FINITE",
      vibration: "VALUE_TYPE",
      pressure: "VALUE_TYPE",
      a: "VALUE_TYPE",
      c: "UNIT_UNKNOWN",
      flow: "UNIT_INCOMPATIBLE",
      d: "VALUE_OUT_OF_RANGE",
    });
    await plant.idle();
    const page = await plant.read<{ items: Json[] }>("/readings?device_id=I3");
    const stored = page.items[0] ?? {};
    assert.equal(stored["current"], 15.8);
    assert.equal(stored["temperature"], undefined);
    const faults = stored["faults"] as Record<string, Json>;
    assert.deepEqual(faults["temperature"], { code: "VALUE_NOT_FINITE", raw: "1e400" });
    assert.deepEqual(faults["vibration"], { code: "VALUE_TYPE", raw: '"12,5"' });
    assert.equal((stored["quality"] as Json)["temperature"], "bad");
  });

  it("calls absurd what no such sensor can measure", async () => {
    const absurd: readonly (readonly [string, number, number])[] = [
      ["temperature", -273.16, -273.15],
      ["temperature", 2000.1, 2000],
      ["pressure", -1.01, -1],
      ["pressure", 1000.1, 1000],
      ["vibration", -0.01, 0],
      ["vibration", 1000.1, 1000],
      ["current", 100_001, 100_000],
      ["current", -100_001, -100_000],
    ];
    let second = 0;
    for (const [metric, beyond, edge] of absurd) {
      second += 1;
      const item = { device_id: "I4", timestamp: at + second * 1_000, metrics: { ok: 1 } };
      const bad = await plant.ingest({ ...item, [metric]: beyond });
      assert.deepEqual(bad.body.degraded, [
        { index: 0, field: metric, code: "VALUE_OUT_OF_RANGE" },
      ]);
      const edgy = await plant.ingest({ ...item, timestamp: item.timestamp + 500, [metric]: edge });
      assert.deepEqual(edgy.body.degraded, []);
    }
  });

  it("stores a value outside the sensor range as bad, without refusing anything", async () => {
    const device = {
      device_id: "I5",
      device_name: "Range",
      device_type: "pump",
      factory_id: "F1",
      line_id: "L1",
      metrics: { flow: { unit: "L/min", min: 0, max: 50 } },
    };
    assert.equal((await plant.send("POST", "/devices", device)).status, 201);
    const { status, body } = await plant.ingest(good("I5", 1, { metrics: { flow: 51 } }));
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
    await plant.idle();
    const { items } = await plant.read<{ items: Json[] }>("/readings?device_id=I5");
    assert.deepEqual(items[0]?.["metrics"], { flow: 51 });
    assert.deepEqual(items[0]?.["quality"], { flow: "bad" });
  });
});
