import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededKnowledge } from "../../../../test/fixtures/diagnosis.ts";
import type { FaultSign } from "../../../model/diagnosis.ts";
import type { RuleDefinition } from "../../../model/rule.ts";
import type { JudgedCase } from "./judged-case.ts";
import { lastingTwiceAsLong, proposeRules } from "./propose-rules.ts";
import { proposeSigns } from "./propose-signs.ts";

/** Five gearboxes in which people found a leak: level and pressure fell, and each time the noise grew. */
function leaks(count: number, more: Readonly<Record<string, FaultSign["direction"]>> = {}) {
  return Array.from(
    { length: count },
    (_, n): JudgedCase => ({
      orderNo: `WO-${n}`,
      deviceType: "gearbox",
      at: 1_000 + n,
      alarm: "right",
      predicted: "leak",
      found: "leak",
      ruleIds: ["R1"],
      seen: new Map(
        Object.entries({ oil_level: "down", temperature: "up", pressure: "down", ...more }),
      ),
    }),
  );
}

const rule: RuleDefinition = {
  ruleId: "R1",
  version: 3,
  name: "Hot",
  text: "temperature > 80 for 30s and vibration > 0.4 for 1min",
  condition: "composite",
  severity: "P2",
  scope: { deviceId: null, deviceType: null, lineId: null },
  modes: ["RUNNING"],
  blankAtStart: true,
  latching: false,
  enabled: true,
  configVersion: 1,
  createdAt: 1_000,
  createdBy: "Lin",
};

const wrong = (count: number): readonly JudgedCase[] =>
  leaks(count).map((item) => ({ ...item, alarm: "wrong", found: "no_fault" }));

describe("proposed signs", () => {
  it("add what nearly always moved, as a change of one version with the orders it rests on", () => {
    const [only, ...others] = proposeSigns(seededKnowledge, leaks(6, { current: "up" }));
    assert.deepEqual(others, []);
    assert.equal(only?.subjectId, "KB-GEAR-OIL-LOW");
    assert.equal(only.version, 1);
    assert.equal(only.orderNos.length, 6);
    const { before, after } = only.change;
    assert.deepEqual(after.slice(before.length), [
      { metric: "current", direction: "up", strength: 0.5 },
    ]);
  });

  it("halve the strength of what nearly never showed", () => {
    const [only] = proposeSigns(seededKnowledge, leaks(6, { pressure: "steady" }));
    assert.equal(only?.change.field, "signs");
    const strengths = (signs: string | readonly FaultSign[]): readonly number[] =>
      typeof signs === "string"
        ? []
        : signs.filter(({ metric }) => metric === "pressure").map(({ strength }) => strength);
    assert.deepEqual(strengths(only.change.before), [0.6]);
    assert.deepEqual(strengths(only.change.after), [0.3]);
  });

  it("are not made of fewer than five cases, of what agrees, or where two entries share the cause", () => {
    assert.deepEqual(proposeSigns(seededKnowledge, leaks(4, { current: "up" })), []);
    assert.deepEqual(proposeSigns(seededKnowledge, leaks(9)), []);
    const bearings = leaks(9, { current: "up" }).map((item) => ({
      ...item,
      found: "bearing" as const,
    }));
    assert.deepEqual(proposeSigns(seededKnowledge, bearings), []);
  });

  it("do not depend on the order of the cases, nor on when they are asked for", () => {
    const cases = leaks(8, { current: "up", pressure: "steady" });
    const expected = proposeSigns(seededKnowledge, cases);
    fc.assert(
      fc.property(fc.shuffledSubarray([...cases], { minLength: 8, maxLength: 8 }), (mixed) => {
        assert.deepEqual(proposeSigns(seededKnowledge, mixed), expected);
      }),
    );
  });
});

describe("proposed rules", () => {
  it("wait twice as long where most alarms since the present version were wrong", () => {
    const [only] = proposeRules([rule], [...wrong(4), ...leaks(1)]);
    assert.equal(only?.subjectId, "R1");
    assert.equal(only.version, 3);
    assert.equal(only.change.after, "temperature > 80 for 60s and vibration > 0.4 for 2min");
  });

  it("leave a rule alone that was right as often as not, is off, or was changed since", () => {
    assert.deepEqual(proposeRules([rule], [...wrong(3), ...leaks(3)]), []);
    assert.deepEqual(proposeRules([rule], wrong(4)), []);
    assert.deepEqual(proposeRules([{ ...rule, enabled: false }], wrong(9)), []);
    assert.deepEqual(proposeRules([{ ...rule, createdAt: 5_000 }], wrong(9)), []);
  });

  it("give a rule without a duration one, and stop at an hour", () => {
    assert.equal(lastingTwiceAsLong("temperature > 80"), "(temperature > 80) for 30s");
    assert.equal(lastingTwiceAsLong("temperature > 80 for 40min"), null);
  });
});
