import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bodyOf, draftOf, emptySpec, faultsOf, numberOf } from "./device-draft.ts";

const named = {
  ...draftOf(null),
  device_id: "PUMP_01",
  device_name: "Feed pump",
  device_type: "pump",
  factory_id: "F1",
  line_id: "L1",
};

describe("the device form", () => {
  it("asks for what a device needs", () => {
    assert.deepEqual(faultsOf(draftOf(null)), [
      "device_id",
      "factory_id",
      "line_id",
      "device_name",
      "device_type",
    ]);
    assert.deepEqual(faultsOf(named), []);
  });

  it("refuses limits that do not rise and texts that are no numbers", () => {
    const vibration = { ...emptySpec("vibration"), h: "0.6", hh: "0.5" };
    const temperature = { ...emptySpec("temperature"), hh: "95,5" };
    assert.deepEqual(faultsOf({ ...named, metrics: { vibration, temperature } }), [
      "vibration.hh",
      "temperature.hh",
    ]);
    assert.equal(numberOf("12,5"), undefined);
    assert.equal(numberOf(" "), null);
  });

  it("sends only metrics somebody wrote something for", () => {
    const body = bodyOf(
      { ...named, metrics: { ...named.metrics, flow: { ...emptySpec("flow"), l: "5" } } },
      null,
    );
    assert.deepEqual(Object.keys(body.metrics), ["flow"]);
    assert.equal(body.metrics["flow"]?.l, 5);
    assert.equal(body.metrics["flow"]?.hh, null);
  });
});
