import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isIdentifier, isMetricName } from "./basics.ts";
import { deviceTemplates } from "./device-templates.ts";
import { canonicalUnit, standardUnits } from "./units.ts";

describe("device templates", () => {
  it("are at least ten kinds of machines, each once", () => {
    const ids = deviceTemplates.map(({ templateId }) => templateId);
    assert.ok(ids.length >= 10);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every(isIdentifier));
  });

  for (const { templateId, metrics } of deviceTemplates)
    it(`give ${templateId} metrics that ingest knows, limits that rise, and say what stands behind each`, () => {
      for (const [name, { unit, ll, l, h, hh, basis, source }] of Object.entries(metrics)) {
        assert.ok(isMetricName(name), name);
        assert.equal(canonicalUnit(unit), unit, name);
        // A device keeps these metrics in their standard unit; another one would be converted against its will.
        const standard = standardUnits[name];
        if (standard !== undefined) assert.equal(unit, standard, name);
        const limits = [ll, l, h, hh].filter((limit) => limit !== null);
        assert.deepEqual(
          limits,
          limits.toSorted((a, b) => a - b),
          name,
        );
        assert.equal(limits.length === 0, basis === "nameplate", name);
        assert.ok(source.length > 5, name);
      }
    });
});
