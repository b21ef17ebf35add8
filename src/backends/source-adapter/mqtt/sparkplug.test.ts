import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ingestNow, openIngestStation } from "../../../../test/fixtures/ingest-station.ts";
import {
  createSparkplugPeer,
  type Metric,
  readSparkplug,
} from "../../../../test/fixtures/sparkplug-node.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { createStatusBoard } from "../../../kernel/status-board.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import { type BirthMemory, forgetfulMemory, openBirthMemory } from "./birth-memory.ts";
import { decodeMessage } from "./codec.ts";
import { mqttSourceConfig } from "./config.ts";
import { createSparkplug } from "./sparkplug.ts";
import { decodePayload } from "./sparkplug-payload.ts";
import { metricNameOf } from "./sparkplug-readings.ts";
import { createTopicRouter } from "./topic-router.ts";

const folder = temporaryFolder("sparkplug");
const at = ingestNow - 5_000;
const template = "spBv1.0/{factory_id}/+/{line_id}/{device_id}";
type Sent = readonly [topic: string, payload: Buffer];

function listen(options: object = {}, memory: BirthMemory = forgetfulMemory) {
  const topics = [{ template, payload: { kind: "sparkplug", ...options } }];
  const { topics: parsed } = mqttSourceConfig.parse({ kind: "mqtt", name: "plant", topics });
  const clock = new SimulatedClock(ingestNow);
  const board = createStatusBoard(clock, ["connection 1"]);
  const asked: (readonly [string, Buffer])[] = [];
  const router = createTopicRouter(parsed);
  const publish = (topic: string, payload: Buffer): void => void asked.push([topic, payload]);
  const about = { source: "plant", clock, log: silentLog, board, memory };
  const sparkplug = createSparkplug({ ...about, publish: () => publish });
  const context = { name: "plant", router, sparkplug, select: null };
  const hear = (...messages: readonly Sent[]): SourceItem[] =>
    messages.flatMap(([topic, payload]) => [
      ...decodeMessage({ topic, payload, arrivedAt: clock.now() }, context),
    ]);
  const stateOf = (name: string) => board.whole().parts.find((part) => part.name === name)?.state;
  return { hear, asked, clock, router, stateOf, keep: sparkplug.keep };
}

const peer = () => createSparkplugPeer({ group: "F001", node: "L003" }, () => at);
const temperature = (value: number, more: Partial<Metric> = {}): Metric => ({
  ...{ name: "temperature", type: "Float", value },
  ...more,
});
const valuesOf = (items: readonly SourceItem[]) =>
  items.map(({ value }) => value as Record<string, unknown> | undefined);
const codesOf = (items: readonly SourceItem[]) => items.map(({ fault }) => fault?.code ?? null);

describe("Sparkplug B", () => {
  it("gives readings by name from births and by alias from data, with place, unit, quality and time", async () => {
    const { hear } = listen();
    const node = peer();
    const properties = { engUnit: { type: "String", value: "°F" } } as const;
    const bad = { Quality: { type: "Int32", value: 0 } } as const;
    const born = hear(
      node.birth([{ name: "Node Control/Rebirth", type: "Boolean", value: false }]),
      node.deviceBirth("PUMP_01", [
        temperature(212, { alias: 7, properties }),
        { name: "Motor 1/Speed", type: "Int32", value: 1_480, alias: 8 },
        { name: "Running", type: "Boolean", value: true, alias: 9 },
        { name: "Serial", type: "String", value: "A-17", alias: 10 },
      ]),
    );
    const data = hear(
      node.data("PUMP_01", [
        { alias: 7, type: "Float", value: 100.5, timestamp: at + 10 },
        { alias: 9, type: "Boolean", value: false, timestamp: at + 10, properties: bad },
      ]),
    );
    const station = await openIngestStation();
    const answer = await station.ingestor.accept({ items: [...born, ...data], deviceIds: null });
    assert.deepEqual(answer.rejected, []);
    const [birth, next] = station.readings();
    assert.deepEqual(Object.fromEntries(birth?.values ?? []), {
      temperature: 100,
      "Motor_1.Speed": 1_480,
      Running: 1,
    });
    assert.deepEqual([birth?.deviceId, birth?.measuredAt], ["PUMP_01", at]);
    assert.deepEqual(birth?.sources?.get("temperature"), { value: 212, unit: "°F" });
    assert.equal(next?.measuredAt, at + 10);
    assert.ok(Math.abs((next?.values.get("temperature") ?? 0) - 38.0556) < 1e-3);
    assert.equal(next?.qualities?.get("Running"), "bad");
    const device = station.registry.find("PUMP_01");
    assert.deepEqual([device?.factoryId, device?.lineId], ["F001", "L003"]);
  });

  it("knows every type of number by its birth, also where data does not repeat it", () => {
    const { hear } = listen();
    const node = peer();
    const golden: readonly (readonly [Metric["type"], number | boolean, number])[] = [
      ["Int8", -5, -5],
      ["Int16", -300, -300],
      ["Int32", -70_000, -70_000],
      ["UInt8", 200, 200],
      ["UInt16", 60_000, 60_000],
      ["UInt32", 4_000_000_000, 4_000_000_000],
      ["Int64", 9_007_199_254_740_991, 9_007_199_254_740_991],
      ["UInt64", 9_007_199_254_740_991, 9_007_199_254_740_991],
      ["Float", 0.5, 0.5],
      ["Double", -1e-9, -1e-9],
      ["Boolean", true, 1],
    ];
    const born = golden.map(([type, value], n): Metric => ({ name: type, type, value, alias: n }));
    const [birth] = hear(node.birth([]), node.deviceBirth("P1", born));
    const expected = Object.fromEntries(golden.map(([type, , value]) => [type, value]));
    assert.deepEqual(valuesOf(birth === undefined ? [] : [birth])[0]?.["metrics"], expected);
    // The library writes no type where it is not known: as the specification wants data to be.
    const typeless = golden.map(([type, value], n) => {
      const [, payload] = peer().data("P1", [{ alias: n, type, value }]);
      return payload;
    });
    for (const [n, payload] of typeless.entries()) {
      const bare = withoutType(payload);
      assert.equal(decodePayload(bare).metrics[0]?.type, null);
      const topic = "spBv1.0/F001/DDATA/L003/P1";
      const [item] = hear([topic, bare]);
      const [type, , value] = golden[n] ?? [];
      assert.deepEqual(valuesOf(item === undefined ? [] : [item])[0]?.["metrics"], {
        [String(type)]: value,
      });
    }
  });

  it("keeps null and NaN as bad values, and leaves out what is no measurement", async () => {
    const { hear } = listen({ metrics: { Serial: { metric: "serial" } } });
    const node = peer();
    const items = hear(
      node.birth([]),
      node.deviceBirth("P1", [
        temperature(20),
        { name: "flow", type: "Float", value: null },
        { name: "level", type: "Double", value: Number.NaN },
        { name: "Serial", type: "String", value: "A-17" },
        { name: "Note", type: "String", value: "not listed" },
      ]),
    );
    const station = await openIngestStation();
    const { degraded, accepted } = await station.ingestor.accept({ items, deviceIds: null });
    assert.equal(accepted, 1);
    assert.deepEqual(degraded.map(({ field }) => field).toSorted(), ["flow", "level", "serial"]);
    assert.equal(station.readings()[0]?.values.get("temperature"), 20);
  });

  it("takes historical values at their own times, each a reading", () => {
    const { hear } = listen();
    const node = peer();
    hear(node.birth([]), node.deviceBirth("P1", [temperature(1, { alias: 1 })]));
    const late = [3, 2, 1].map((s) => ({
      ...{ alias: 1, type: "Float" as const, value: s, isHistorical: true },
      timestamp: at - s * 1_000,
    }));
    const readings = valuesOf(hear(node.data("P1", late)));
    assert.deepEqual(
      readings.map((value) => value?.["timestamp"]),
      [at - 3_000, at - 2_000, at - 1_000],
    );
  });

  it("gives the node's own metrics to a device of its name, and other names where a person says so", () => {
    const devices = { "F001/L003": "GATEWAY", "F001/L003/Pump 1": "PUMP_01" };
    const { hear } = listen({ devices });
    const node = peer();
    const items = hear(
      node.birth([{ name: "CPU", type: "Float", value: 12 }]),
      node.deviceBirth("Pump 1", [temperature(20)]),
    );
    assert.deepEqual(
      valuesOf(items).map((value) => [value?.["device_id"], value?.["line_id"]]),
      [
        ["GATEWAY", "L003"],
        ["PUMP_01", "L003"],
      ],
    );
  });

  it("keeps what comes before a birth raw, and asks for the birth only where it may, and not all the time", async () => {
    const data = (): Sent => {
      const node = peer();
      node.birth([]);
      node.deviceBirth("P1", []);
      return node.data("P1", [{ alias: 1, type: "Float", value: 1 }]);
    };
    const silent = listen();
    assert.deepEqual(codesOf(silent.hear(data(), data())), [
      "SPARKPLUG_UNBORN",
      "SPARKPLUG_UNBORN",
    ]);
    assert.deepEqual(silent.asked, []);
    assert.equal(silent.stateOf("F001/L003"), "connecting");
    const { hear, asked, clock } = listen({ requestRebirth: true });
    hear(data(), data(), data());
    assert.equal(asked.length, 1);
    const [topic, payload] = asked[0] ?? [];
    assert.equal(topic, "spBv1.0/F001/NCMD/L003");
    const [metric] = readSparkplug(payload ?? Buffer.alloc(0)).metrics ?? [];
    assert.deepEqual(
      [metric?.name, metric?.type, metric?.value],
      ["Node Control/Rebirth", "Boolean", true],
    );
    await clock.advance(11_000);
    hear(data());
    assert.equal(asked.length, 2);
  });

  it("knows after a restart what was born before it, and forgets what has died", () => {
    const path = join(folder, "births", "plant.json");
    const memory = (): BirthMemory => openBirthMemory(path, silentLog);
    const node = peer();
    const before = listen({}, memory());
    const properties = { engUnit: { type: "String", value: "°F" } } as const;
    before.hear(
      node.birth([]),
      node.deviceBirth("P1", [temperature(212, { alias: 1, properties })]),
      node.deviceBirth("P2", [temperature(1, { alias: 2 })]),
      node.deviceDeath("P2"),
    );
    before.keep();
    const value = { alias: 1, type: "Float", value: 100 } as const;
    const after = listen({}, memory());
    const [item] = after.hear(node.data("P1", [value]));
    const { metrics, units } = (item?.value ?? {}) as Record<string, unknown>;
    assert.deepEqual([metrics, units], [{ temperature: 100 }, { temperature: "°F" }]);
    assert.deepEqual(codesOf(after.hear(node.data("P2", [value]))), ["SPARKPLUG_UNBORN"]);
    after.hear(node.death());
    after.keep();
    assert.deepEqual(codesOf(listen({}, memory()).hear(node.data("P1", [value]))), [
      "SPARKPLUG_UNBORN",
    ]);
    writeFileSync(path, "{ broken");
    assert.deepEqual(codesOf(listen({}, memory()).hear(node.data("P1", [value]))), [
      "SPARKPLUG_UNBORN",
    ]);
  });

  it("sees that messages are missing, goes on, and asks for a rebirth", () => {
    const { hear, asked } = listen({ requestRebirth: true });
    const node = peer();
    const value = { alias: 1, type: "Float", value: 1 } as const;
    hear(node.birth([]), node.deviceBirth("P1", [temperature(1, { alias: 1 })]));
    for (let n = 0; n < 300; n += 1) hear(node.data("P1", [value]));
    assert.equal(asked.length, 0);
    node.lose();
    assert.deepEqual(codesOf(hear(node.data("P1", [value]))), [null]);
    assert.equal(asked.length, 1);
  });

  it("tells of deaths, of a node's with all its devices, and of no will that came too late", () => {
    const { hear, stateOf } = listen();
    const node = peer();
    hear(
      node.birth([]),
      node.deviceBirth("P1", [temperature(1)]),
      node.deviceBirth("P2", [temperature(1)]),
    );
    assert.equal(stateOf("F001/L003/P1"), "running");
    assert.deepEqual(hear(node.deviceDeath("P1")), []);
    assert.deepEqual([stateOf("F001/L003/P1"), stateOf("F001/L003/P2")], ["connecting", "running"]);
    hear(
      node.birth([]),
      node.deviceBirth("P1", [temperature(1)]),
      node.deviceBirth("P2", [temperature(1)]),
    );
    // The will of the connection before this birth.
    hear(node.death(0));
    assert.equal(stateOf("F001/L003/P2"), "running");
    hear(node.death());
    for (const part of ["F001/L003", "F001/L003/P1", "F001/L003/P2"])
      assert.equal(stateOf(part), "connecting", part);
    assert.deepEqual(codesOf(hear(node.data("P1", [temperature(2)]))), ["SPARKPLUG_UNBORN"]);
  });

  it("hears what nodes send and nothing that is sent to them", () => {
    const { router } = listen();
    assert.equal(router.filters.length, 6);
    assert.ok(router.filters.every((filter) => !filter.includes("CMD") && !filter.includes("#")));
    assert.ok(router.filters.includes("spBv1.0/+/NBIRTH/+"));
    assert.equal(router.route("spBv1.0/F001/NCMD/L003"), null);
  });

  it("refuses bytes that are no payload, whatever they are, and goes on", () => {
    const { hear } = listen();
    const node = peer();
    hear(node.birth([]), node.deviceBirth("P1", [temperature(1)]));
    const topic = "spBv1.0/F001/DDATA/L003/P1";
    assert.deepEqual(codesOf(hear([topic, Buffer.from("{}")])), ["PAYLOAD_INVALID"]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        hear([topic, Buffer.from(bytes)]);
      }),
    );
    const [, whole] = node.data("P1", [temperature(2, { timestamp: at })]);
    for (let length = 0; length < whole.length; length += 1)
      hear([topic, whole.subarray(0, length)]);
    assert.deepEqual(codesOf(hear(node.data("P1", [temperature(3)]))), [null]);
  });

  it("makes metric names of any name, and the same of the same", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        assert.match(metricNameOf(name), /^[A-Za-z0-9_.:-]{1,50}$/);
      }),
    );
    assert.equal(metricNameOf("constructor"), "_constructor");
  });

  it("is set up only where its messages keep their order", () => {
    const topics = [{ template, payload: { kind: "sparkplug" } }];
    const parse = (more: object) =>
      mqttSourceConfig.safeParse({ kind: "mqtt", name: "p", topics, ...more }).success;
    assert.ok(parse({}));
    assert.ok(!parse({ connections: 2 }));
    for (const wrong of ["spBv1.0/#", "a/+/+/+/{device_id}", "spBv1.0/+/+/+/+"])
      assert.ok(!parse({ topics: [{ template: wrong, payload: { kind: "sparkplug" } }] }), wrong);
  });
});

/** The payload of one metric with its data type (field 4) taken out. */
function withoutType(payload: Buffer): Buffer {
  const start = payload.indexOf(0x12);
  const length = payload[start + 1] ?? 0;
  const metric = payload.subarray(start + 2, start + 2 + length);
  const at4 = metric.indexOf(0x20);
  const rest = Buffer.concat([metric.subarray(0, at4), metric.subarray(at4 + 2)]);
  const head = payload.subarray(0, start);
  const tail = payload.subarray(start + 2 + length);
  return Buffer.concat([head, Buffer.from([0x12, rest.length]), rest, tail]);
}
