import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mqttSourceConfig } from "./config.ts";
import { encodeAcknowledgements } from "./mqtt-session.ts";
import { createTopicRouter } from "./topic-router.ts";
import { compileTemplate, fillTemplate, templateFault } from "./topic-template.ts";

describe("a topic template", () => {
  it("is a subscription, and reads its levels back", () => {
    const template = compileTemplate("iai/{factory_id}/+/{device_id}/readings");
    assert.equal(template.filter, "iai/+/+/+/readings");
    assert.deepEqual(template.match("iai/F001/x/PUMP_01/readings"), {
      factory_id: "F001",
      device_id: "PUMP_01",
    });
    for (const topic of ["iai/F001/x/PUMP_01", "iai/F001/x/PUMP_01/readings/y", "x/F/x/P/readings"])
      assert.equal(template.match(topic), null, topic);
  });

  it("with a mistake in it stops the start", () => {
    const mistakes = [
      "",
      "a/#",
      "a/{device}/b",
      "a/x{device_id}",
      "{metric}/{metric}",
      "a/b+",
      "$SYS/x",
    ];
    for (const text of mistakes) assert.notEqual(templateFault(text), null, text);
    for (const text of ["a", "{device_id}", "+/{metric}/b c"])
      assert.equal(templateFault(text), null);
  });

  it("is filled with identifiers only, so that no device can name another's topic", () => {
    const text = "iai/{factory_id}/{device_id}/alarms";
    assert.equal(fillTemplate(text, { factory_id: "F001", device_id: "P1" }), "iai/F001/P1/alarms");
    for (const device_id of ["", "a/b", "+", "#"])
      assert.equal(fillTemplate(text, { factory_id: "F001", device_id }), null, device_id);
  });

  it("comes before those after it", () => {
    const { topics } = mqttSourceConfig.parse({
      kind: "mqtt",
      name: "plant",
      topics: [
        { template: "a/{device_id}/flow", payload: { kind: "value", metric: "flow" } },
        { template: "a/{device_id}/{metric}", payload: { kind: "value" } },
      ],
    });
    const router = createTopicRouter(topics);
    assert.deepEqual(router.filters, ["a/+/flow", "a/+/+"]);
    assert.deepEqual(router.route("a/P1/flow")?.values, { device_id: "P1" });
    assert.deepEqual(router.route("a/P1/speed")?.values, { device_id: "P1", metric: "speed" });
  });
});

describe("the options of a broker", () => {
  const base = { kind: "mqtt", name: "plant" };
  const refused: readonly (readonly [string, object])[] = [
    ["an address with a password in it", { url: "mqtt://iai:secret@broker:1883" }],
    ["another protocol", { url: "http://broker:1883" }],
    [
      "a password in the clear to another machine",
      { url: "mqtt://broker:1883", username: "iai", passwordFile: "/p" },
    ],
    ["a password without a user", { passwordFile: "/p" }],
    ["two passwords", { username: "iai", passwordFile: "/p", passwordVariable: "P" }],
    ["a certificate without its key", { tlsCertFile: "/c" }],
    [
      "a value without a metric",
      { topics: [{ template: "a/{device_id}", payload: { kind: "value" } }] },
    ],
    [
      "a flat object without a device",
      { topics: [{ template: "a/{line_id}", payload: { kind: "flat" } }] },
    ],
    [
      "a unit that nobody knows",
      {
        topics: [
          { template: "a/{device_id}/{metric}", payload: { kind: "value", unit: "furlong" } },
        ],
      },
    ],
    ["an option that is none", { qos: 2 }],
  ];
  for (const [name, options] of refused) {
    it(`are refused with ${name}`, () => {
      assert.equal(mqttSourceConfig.safeParse({ ...base, ...options }).success, false);
    });
  }

  it("are complete with a name", () => {
    assert.equal(mqttSourceConfig.parse(base).topics[0]?.payload.kind, "iai");
  });
});

describe("acknowledgements", () => {
  it("are PUBACK packets as the standard has them, one after the other", () => {
    const bytes = encodeAcknowledgements([1, 258, 65_535]);
    assert.equal(bytes.toString("hex"), "40020001" + "40020102" + "4002ffff");
  });
});
