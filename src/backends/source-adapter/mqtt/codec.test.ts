import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ingestNow, openIngestStation } from "../../../../test/fixtures/ingest-station.ts";
import { decodeMessage } from "./codec.ts";
import { mqttSourceConfig } from "./config.ts";
import { selectFor } from "./json-path.ts";
import type { TopicConfig } from "./topic-config.ts";
import { createTopicRouter } from "./topic-router.ts";

const select = await selectFor([{ payload: { kind: "jsonpath" } }]);
const at = ingestNow - 5_000;
const timestamp = new Date(at).toISOString();

/** The topics of a configuration as a person writes it. */
function topicsOf(...topics: readonly object[]): readonly TopicConfig[] {
  return mqttSourceConfig.parse({ kind: "mqtt", name: "plant", topics }).topics;
}

function openDecoder(topics: readonly TopicConfig[]) {
  const router = createTopicRouter(topics);
  return (topic: string, payload: string | Uint8Array) =>
    decodeMessage(
      {
        topic,
        payload: typeof payload === "string" ? Buffer.from(payload) : payload,
        arrivedAt: ingestNow,
      },
      { name: "plant", router, sparkplug: null, select },
    );
}

/** Sends one message through the decoder and ingest, as the application does. */
async function take(topics: readonly TopicConfig[], topic: string, payload: string) {
  const station = await openIngestStation();
  const items = openDecoder(topics)(topic, payload);
  const answer = await station.ingestor.accept({ items, deviceIds: null });
  const kept = await station.quarantine.list({});
  return { answer, kept, readings: station.readings(), station };
}

const standard = mqttSourceConfig.parse({ kind: "mqtt", name: "plant" }).topics;
const home = "iai/F001/L003/PUMP_01/readings";

describe("a message in our own form", () => {
  it("is one reading or an array, and the topic fills in what is missing", async () => {
    const bare = { timestamp, temperature: 45.3, metrics: { flow: 32.1 }, units: { flow: "m³/h" } };
    const { readings, station } = await take(
      standard,
      home,
      JSON.stringify([bare, { ...bare, timestamp: at + 1, device_id: "PUMP_01" }]),
    );
    assert.deepEqual(
      readings.map((one) => [one.deviceId, one.measuredAt, one.values.get("temperature")]),
      [
        ["PUMP_01", at, 45.3],
        ["PUMP_01", at + 1, 45.3],
      ],
    );
    const device = station.registry.find("PUMP_01");
    assert.deepEqual([device?.factoryId, device?.lineId], ["F001", "L003"]);
    // Flow is kept in L/min.
    assert.ok(Math.abs((readings[0]?.values.get("flow") ?? 0) - 535) < 1e-9);
    assert.deepEqual(readings[0]?.sources?.get("flow"), { value: 32.1, unit: "m³/h" });
  });

  it("is refused when it names another device than its topic, and its neighbours are not", async () => {
    const mine = { timestamp, temperature: 1 };
    const { answer, kept, readings } = await take(
      standard,
      home,
      JSON.stringify([mine, { ...mine, device_id: "PUMP_02" }]),
    );
    assert.equal(readings.length, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [[1, "TOPIC_MISMATCH"]],
    );
    assert.deepEqual(
      kept.map(({ source, deviceId }) => [source, deviceId]),
      [[`mqtt:plant:${home}`, "PUMP_02"]],
    );
  });

  it("keeps a bad channel with its raw text and the others as they are", async () => {
    const { answer, readings } = await take(
      standard,
      home,
      `{"timestamp":${at},"temperature":1e400,"vibration":0.5,"metrics":{"flow":"12,5"}}`,
    );
    assert.deepEqual(
      answer.degraded.map(({ field, code }) => [field, code]),
      [
        ["temperature", "VALUE_NOT_FINITE"],
        ["flow", "VALUE_TYPE"],
      ],
    );
    assert.equal(readings[0]?.values.get("vibration"), 0.5);
    assert.equal(readings[0]?.faults?.get("temperature")?.raw, "1e400");
  });

  const broken: readonly (readonly [string, string, string])[] = [
    ["cut off", '{"temperature": 4', "JSON_INVALID"],
    ["empty", "", "JSON_INVALID"],
    ["a key twice", `{"timestamp":${at},"timestamp":1,"temperature":1}`, "KEY_DUPLICATE"],
    ["no time", '{"temperature":1}', "FIELD_MISSING"],
    ["a time without a zone", '{"timestamp":"2026-02-28T12:00:00","temperature":1}', "TS_NO_ZONE"],
    ["nested for ever", `${"[".repeat(9)}${"]".repeat(9)}`, "DEPTH"],
    ["nothing but a number", "45.3", "FIELD_TYPE"],
    ["more than 64 KiB", JSON.stringify({ status: "x".repeat(65_536) }), "TOO_LARGE"],
  ];
  for (const [name, payload, code] of broken) {
    it(`that is broken (${name}) goes to quarantine with its topic as ${code}`, async () => {
      const { answer, kept, readings } = await take(standard, home, payload);
      assert.deepEqual(readings, []);
      assert.deepEqual(
        answer.rejected.map((one) => one.code),
        [code],
      );
      assert.deepEqual(
        kept.map((row) => [row.source, row.code]),
        [[`mqtt:plant:${home}`, code]],
      );
      const sent = Buffer.from(payload).subarray(0, 65_536);
      assert.equal(kept[0]?.raw, sent.toString("base64"));
    });
  }

  it("on a topic of no template is refused as such", async () => {
    const { answer } = await take(standard, "other/PUMP_01", '{"temperature":1}');
    assert.deepEqual(
      answer.rejected.map(({ code }) => code),
      ["TOPIC_UNKNOWN"],
    );
  });

  it("never throws, whatever bytes arrive on whatever topic", () => {
    const decode = openDecoder(
      topicsOf(
        { template: "iai/{factory_id}/{line_id}/{device_id}/readings" },
        { template: "v/{device_id}/{metric}", payload: { kind: "value" } },
        { template: "f/{device_id}", payload: { kind: "flat", others: "take" } },
      ),
    );
    const topic = fc.oneof(
      fc.constantFrom(home, "v/P1/flow", "f/P1", "iai/__proto__/x/constructor/readings"),
      fc.string(),
    );
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new Uint8Array(Buffer.from(text))),
    );
    fc.assert(
      fc.property(topic, payload, (to, bytes) => {
        assert.ok(decode(to, bytes).every((item) => item.source.startsWith("mqtt:plant:")));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a flat object", () => {
  const topics = topicsOf({
    template: "gw/{line_id}/{device_id}",
    payload: {
      kind: "flat",
      timestamp: { field: "ts", unit: "s" },
      metrics: {
        T1: { metric: "temperature", unit: "°F" },
        "bearing.de.rms": { metric: "vibration" },
      },
      others: "take",
    },
  });

  it("gives its fields to metrics and converts their units", async () => {
    const body = { ts: at / 1_000, T1: 212, bearing: { de: { rms: 0.5 } }, flow: 3, note: "ok" };
    const { readings } = await take(topics, "gw/L003/PUMP_01", JSON.stringify(body));
    const [reading] = readings;
    assert.equal(reading?.measuredAt, at);
    assert.deepEqual(Object.fromEntries(reading?.values ?? []), {
      temperature: 100,
      vibration: 0.5,
      flow: 3,
    });
    assert.deepEqual(reading?.sources?.get("temperature"), { value: 212, unit: "°F" });
  });

  it("keeps the text of a value that is none", async () => {
    const { readings } = await take(
      topics,
      "gw/L003/PUMP_01",
      `{"ts":${at / 1_000},"T1":null,"bearing":{"de":{"rms":1e999}},"flow":3}`,
    );
    const faults = readings[0]?.faults;
    assert.deepEqual(faults?.get("temperature"), { code: "VALUE_TYPE", raw: "null" });
    assert.deepEqual(faults?.get("vibration"), { code: "VALUE_NOT_FINITE", raw: "1e999" });
    assert.equal(readings[0]?.values.get("flow"), 3);
  });

  it("without the field of its time is refused", async () => {
    const { answer } = await take(topics, "gw/L003/PUMP_01", '{"T1":212}');
    assert.deepEqual(
      answer.rejected.map(({ code, field }) => [code, field]),
      [["FIELD_MISSING", "timestamp"]],
    );
  });
});

describe("one value a topic", () => {
  const topics = topicsOf({
    template: "plant/+/{device_id}/{metric}",
    payload: { kind: "value", unit: "bar" },
  });

  it("is a reading at the time of its arrival", async () => {
    const { readings } = await take(topics, "plant/x/PUMP_01/pressure", " 2.5e1\n");
    assert.deepEqual(
      readings.map((one) => [one.deviceId, one.measuredAt, one.values.get("pressure")]),
      [["PUMP_01", ingestNow, 2.5]],
    );
  });

  it("never gives two messages of a topic the same time", () => {
    const decode = openDecoder(topics);
    const times = Array.from({ length: 3 }, () => {
      const [item] = decode("plant/x/PUMP_01/pressure", "1");
      return (item?.value as { timestamp: number } | undefined)?.timestamp;
    });
    assert.deepEqual(times, [ingestNow, ingestNow + 1, ingestNow + 2]);
  });

  for (const text of ["", "12,5", "NaN", "0x10", "true", "1 2", '"5"']) {
    it(`that is no number (${JSON.stringify(text)}) is no good value`, async () => {
      const { answer, kept } = await take(topics, "plant/x/PUMP_01/pressure", text);
      assert.deepEqual(
        answer.rejected.map(({ code }) => code),
        ["NO_VALUES"],
      );
      assert.ok(Buffer.from(kept[0]?.raw ?? "", "base64").includes(JSON.stringify(text)));
    });
  }
});
