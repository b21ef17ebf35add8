import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { opcuaSourceConfig } from "./config.ts";
import { parseNodeMap, tagsOf } from "./node-map.ts";
import { proposalYaml, proposedLimits, proposeTags } from "./propose-map.ts";
import { nodeIdOf } from "./subscription.ts";

const tagsIn = (text: string) => tagsOf(parseNodeMap("map.yaml", text));

describe("a node map", () => {
  it("says for each tag where it is, what it measures and how often", () => {
    const [first, second] = tagsIn(`
defaults: { sampling_ms: 200, expected_ms: 3000 }
devices:
  PUMP_01:
    line_id: L003
    metrics:
      temperature: { node: "nsu=urn:plant;s={device}.T", unit: °C, deadband: 0.1 }
      flow: { node: ns=2;i=17, queue: 100, expected_ms: 60000 }
`);
    assert.deepEqual(first, {
      deviceId: "PUMP_01",
      metric: "temperature",
      node: "nsu=urn:plant;s=PUMP_01.T",
      unit: "°C",
      deadband: 0.1,
      samplingMs: 200,
      queue: 20,
      expectedMs: 3_000,
      factoryId: null,
      lineId: "L003",
    });
    assert.deepEqual([second?.node, second?.queue, second?.expectedMs], ["ns=2;i=17", 100, 60_000]);
  });

  it("is refused when it names no node, an unknown unit, an unknown key or nothing", () => {
    for (const text of [
      "devices: {}",
      "devices: { P: { metrics: { t: { node: hello } } } }",
      "devices: { P: { metrics: { t: { node: ns=2;s=a, unit: parsec } } } }",
      "devices: { P: { metrics: { t: { node: ns=2;s=a, scale: 2 } } } }",
      "devices: { 'a b': { metrics: { t: { node: ns=2;s=a } } } }",
    ])
      assert.throws(
        () => tagsIn(text),
        (failure) => isCode(failure, "MAP_INVALID"),
        text,
      );
  });

  it("finds a namespace by its name, whatever number it has today", () => {
    assert.equal(nodeIdOf("nsu=urn:b;s=x", ["ua", "urn:a", "urn:b"]), "ns=2;s=x");
    assert.equal(nodeIdOf("nsu=urn:c;s=x", ["ua", "urn:a"]), null);
    assert.equal(nodeIdOf("ns=4;i=1", ["ua"]), "ns=4;i=1");
  });

  it("is what browsing proposes, names made fit and never twice the same", () => {
    const variable = { dataType: "Double", unit: null, unitName: null, low: null, high: null };
    const tags = proposeTags([
      {
        ...variable,
        node: "nsu=urn:a;s=1",
        path: ["Hall 3", "Pump#1", "BearingTemp"],
        unit: "°C",
        low: 0,
        high: 120,
      },
      { ...variable, node: "nsu=urn:a;s=2", path: ["Hall 3", "Pump#1", "bearing temp"] },
      {
        ...variable,
        node: "nsu=urn:a;s=3",
        path: ["Hall 4", "Pump#1", "Flow"],
        unitName: "furlong",
      },
    ]);
    const map = tagsIn(proposalYaml(tags));
    assert.deepEqual(
      map.map(({ deviceId, metric, node, unit }) => [deviceId, metric, node, unit]),
      [
        ["Pump_1", "bearing_temp", "nsu=urn:a;s=1", "°C"],
        ["Pump_1", "bearing_temp_2", "nsu=urn:a;s=2", null],
        ["Pump_1_2", "flow", "nsu=urn:a;s=3", null],
      ],
    );
    assert.deepEqual(proposedLimits(tags), {
      Pump_1: { bearing_temp: { min: 0, max: 120, unit: "°C" } },
    });
  });

  it("is valid as the example shows it", () => {
    const path = join(import.meta.dirname, "../../../../examples/opcua/hall.yaml");
    assert.ok(tagsIn(readFileSync(path, "utf8")).length >= 4);
  });
});

describe("the options of an OPC-UA source", () => {
  const config = (options: object) =>
    opcuaSourceConfig.safeParse({ kind: "opcua", name: "hall", mapFile: "map.yaml", ...options })
      .success;

  it("encrypt unless somebody says otherwise, and then only on this machine or knowingly", () => {
    const parsed = opcuaSourceConfig.parse({ kind: "opcua", name: "hall", mapFile: "m.yaml" });
    assert.equal(parsed.securityPolicy, "Basic256Sha256");
    assert.ok(config({ securityPolicy: "None" }));
    const far = { securityPolicy: "None", url: "opc.tcp://192.0.2.1:4840" };
    assert.ok(!config(far));
    assert.ok(config({ ...far, allowInsecure: true }));
    for (const broken of ["Basic128Rsa15", "Basic256"])
      assert.ok(!config({ securityPolicy: broken }), broken);
  });

  it("take one way to sign in, and all of it", () => {
    assert.ok(!config({ username: "iai" }));
    assert.ok(!config({ passwordFile: "p" }));
    assert.ok(config({ username: "iai", passwordFile: "p" }));
    assert.ok(!config({ userCertificateFile: "c" }));
    const both = { userCertificateFile: "c", userKeyFile: "k" };
    assert.ok(config(both));
    assert.ok(!config({ ...both, username: "iai", passwordFile: "p" }));
    assert.ok(!config({ url: "opc.tcp://user:secret@127.0.0.1:4840" }));
  });
});
