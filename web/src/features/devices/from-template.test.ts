import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeviceTemplate } from "../../api/types.ts";
import { draftOf, emptySpec, faultsOf } from "./device-draft.ts";
import { withTemplate } from "./from-template.ts";

const typical = { ll: null, l: null, h: 80, hh: 95, basis: "typical", source: "usual" } as const;
const template: DeviceTemplate = {
  template_id: "centrifugal_pump",
  device_type: "pump",
  title: { zh: "离心泵", en: "Centrifugal pump" },
  note: { zh: "典型值", en: "Typical" },
  metrics: {
    temperature: { ...typical, unit: "°C" },
    vibration_velocity: { ...typical, unit: "mm/s", h: 5.1, hh: 8.5 },
  },
};

describe("a device from a template", () => {
  it("has its type, its metrics and its typical limits", () => {
    const { device_type: type, metrics } = withTemplate(draftOf(null), template);
    assert.equal(type, "pump");
    assert.deepEqual(metrics["temperature"], { ...emptySpec("temperature"), h: "80", hh: "95" });
    assert.deepEqual(
      [metrics["vibration_velocity"]?.unit, metrics["vibration_velocity"]?.hh],
      ["mm/s", "8.5"],
    );
    assert.ok(faultsOf(withTemplate(draftOf(null), template)).every((name) => !name.includes(".")));
  });

  it("keeps what a person has written", () => {
    const draft = draftOf(null);
    const own = { ...emptySpec("temperature"), hh: "70" };
    const written = { ...draft, device_type: "feed pump", metrics: { temperature: own } };
    const { device_type: type, metrics } = withTemplate(written, template);
    assert.deepEqual([type, metrics["temperature"]], ["feed pump", own]);
  });
});
