import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SourceDetail } from "../../api/types.ts";
import { draftOf, inputOf, newDraft, rowsOfMap, type SourceDraft } from "./source-draft.ts";

const stored = (kind: string, options: Record<string, unknown>): SourceDetail =>
  ({ name: "s1", kind, options }) as SourceDetail;

describe("a source in the form", () => {
  it("sends a password as a secret and never among the options", () => {
    const draft = newDraft("mqtt");
    const fields = { ...draft.fields, username: "iai", password: "never told" };
    const { options, secrets } = inputOf({ ...draft, fields });
    assert.deepEqual(secrets, { password: "never told" });
    assert.ok(!JSON.stringify(options).includes("never told"));
  });

  it("keeps everything of a stored source that it has no field for", () => {
    const options = {
      url: "mqtts://broker.example:8883",
      inFlight: 20,
      topics: [
        { template: "a/{device_id}", payload: { kind: "iai" } },
        { template: "b/{device_id}", payload: { kind: "flat", others: "take" } },
      ],
    };
    const { options: out } = inputOf(draftOf(stored("mqtt", options)));
    assert.deepEqual([out?.["inFlight"], out?.["topics"]], [20, options.topics]);
    const devices = [
      { deviceId: "P1", mapFile: "pump.yaml" },
      { deviceId: "P2", mapFile: "pump.yaml" },
    ];
    const modbus = inputOf(draftOf(stored("modbus", { host: "10.0.0.1", devices })));
    assert.deepEqual(modbus.options, { host: "10.0.0.1", port: 502, framing: "tcp", devices });
    const opcua = { url: "opc.tcp://10.0.0.2:4840", mapFile: "nodes.yaml" };
    const back = inputOf(draftOf(stored("opcua", opcua))).options;
    assert.deepEqual(back, { ...opcua, securityPolicy: "Basic256Sha256" });
  });

  it("shows a register map as rows and makes the same map of them", () => {
    const metrics = {
      temperature: {
        function: 3,
        address: 100,
        type: "int16",
        scale: 0.1,
        unit: "°C",
        invalid: [-1],
      },
      mode: { function: 4, address: 3, type: "uint16", values: { 0: 1, 2: 5 } },
    };
    const draft: SourceDraft = { ...newDraft("modbus"), rows: rowsOfMap({ metrics }) };
    const { options = {} } = inputOf(draft);
    const [device] = options["devices"] as [{ map: { metrics: object } }];
    assert.deepEqual(device.map.metrics, metrics);
  });

  it("refuses what is no JSON object beside the fields", () => {
    for (const more of ["{", "[]", "7", "null"])
      assert.throws(() => inputOf({ ...newDraft("mqtt"), more }), SyntaxError);
    assert.equal(inputOf({ ...newDraft("mqtt"), more: '{"inFlight":7}' }).options?.["inFlight"], 7);
  });
});
