import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ingestNow, openIngestStation } from "../../../../test/fixtures/ingest-station.ts";
import { decodeMessage } from "./codec.ts";
import { mqttSourceConfig } from "./config.ts";
import { pathFault, selectFor } from "./json-path.ts";
import { createTopicRouter } from "./topic-router.ts";

const at = ingestNow - 5_000;
const select = await selectFor([{ payload: { kind: "jsonpath" } }]);

async function take(payload: object, message: unknown, template = "gw/{line_id}/{device_id}") {
  const topics = [{ template, payload: { kind: "jsonpath", ...payload } }];
  const config = mqttSourceConfig.parse({ kind: "mqtt", name: "plant", topics });
  const router = createTopicRouter(config.topics);
  const bytes = Buffer.from(JSON.stringify(message));
  const items = decodeMessage(
    { topic: "gw/L003/PUMP_01", payload: bytes, arrivedAt: ingestNow },
    { name: "plant", router, sparkplug: null, select },
  );
  const station = await openIngestStation();
  const answer = await station.ingestor.accept({ items, deviceIds: null });
  return { answer, readings: station.readings(), items };
}

describe("values picked by JSONPath", () => {
  it("come from deep inside, from arrays by their place, in the unit they are sent in", async () => {
    const metrics = {
      temperature: { path: "$.data.temps[1]", unit: "°F" },
      vibration: { path: "$['bearing DE'].rms" },
      flow: { path: "$..flow" },
    };
    const message = {
      t: at / 1_000,
      data: { temps: [1, 212], deep: { flow: 7 } },
      "bearing DE": { rms: 0.3 },
    };
    const { readings } = await take({ timestamp: { path: "$.t", unit: "s" }, metrics }, message);
    assert.deepEqual(Object.fromEntries(readings[0]?.values ?? []), {
      temperature: 100,
      vibration: 0.3,
      flow: 7,
    });
    assert.deepEqual([readings[0]?.deviceId, readings[0]?.measuredAt], ["PUMP_01", at]);
  });

  it("make a reading of each entry of a list, with the header's time where an entry has none", async () => {
    const payload = {
      items: "$.rows[*]",
      timestamp: { path: "$.ts", unit: "ms" },
      device: "$.id",
      metrics: { temperature: { path: "$.v" } },
    };
    const rows = [
      { id: "P1", v: 1, ts: at },
      { id: "P2", v: 2 },
    ];
    const { readings } = await take(payload, { ts: at + 7, rows }, "gw/+/+");
    assert.deepEqual(
      readings.map((one) => [one.deviceId, one.measuredAt, one.values.get("temperature")]),
      [
        ["P1", at, 1],
        ["P2", at + 7, 2],
      ],
    );
  });

  it("join pairs of a name and a value into one reading", async () => {
    const payload = {
      items: "$.tags[*]",
      timestamp: { path: "$.time" },
      name: "$.tag",
      value: "$.val",
      others: "take",
      metrics: { temperature: { path: "TT-101", unit: "°F" } },
    };
    const tags = [
      { tag: "TT-101", val: 212 },
      { tag: "flow", val: 3 },
      { tag: "note", other: 1 },
    ];
    const { readings } = await take(payload, { time: new Date(at).toISOString(), tags });
    assert.equal(readings.length, 1);
    assert.deepEqual(Object.fromEntries(readings[0]?.values ?? []), { temperature: 100, flow: 3 });
  });

  it("keep what is no number as a bad value, and refuse a message without anything at the path", async () => {
    const metrics = { temperature: { path: "$.a" }, flow: { path: "$.b" } };
    const { answer } = await take({ timestamp: { path: null }, metrics }, { a: 1, b: "12,5" });
    assert.deepEqual(
      answer.degraded.map(({ field, code }) => [field, code]),
      [["flow", "VALUE_TYPE"]],
    );
    const empty = await take({ items: "$.rows[*]", metrics }, { other: 1 });
    assert.deepEqual(
      empty.answer.rejected.map(({ code }) => code),
      ["FIELD_MISSING"],
    );
    const many = { rows: Array.from({ length: 1_001 }, () => ({ a: 1 })) };
    const crowd = await take({ items: "$.rows[*]", metrics }, many);
    assert.deepEqual(
      crowd.answer.rejected.map(({ code }) => code),
      ["TOO_LARGE"],
    );
  });

  it("can pick and never compute: filters, scripts and parents are no paths", () => {
    for (const good of [
      "$",
      "$.a.b",
      "$['a b'][0]",
      "$.a[*].b",
      "$..x",
      "$.a[1:3]",
      "$.a[-1:]",
      "$[*]",
    ])
      assert.equal(pathFault(good), null, good);
    for (const bad of [
      "a.b",
      "$[?(@.a>1)]",
      "$[(@.length-1)]",
      "$.a^",
      "$.a~",
      "$..a..b",
      "$.`parent`",
      "$.a[?(process.exit())]",
      "$['a\\']",
      "$.a[",
      `$.${"a".repeat(250)}`,
      "$.@string()",
    ])
      assert.notEqual(pathFault(bad), null, bad);
    const topics = [
      {
        template: "a/{device_id}",
        payload: { kind: "jsonpath", metrics: { t: { path: "$[?(1)]" } } },
      },
    ];
    assert.ok(!mqttSourceConfig.safeParse({ kind: "mqtt", name: "p", topics }).success);
    // Beneath the grammar too: the library itself evaluates nothing.
    assert.throws(() => select?.("$[?(process.exit(3))]", { a: 1 }));
  });

  it("find no names that every object has", () => {
    assert.deepEqual(select?.("$.constructor", {}), []);
    assert.deepEqual(select?.("$['__proto__'].x", { a: 1 }), []);
  });
});
