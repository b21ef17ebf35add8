import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultCategories } from "../../../model/diagnosis.ts";
import { weighByExperience, weightBounds } from "../rule-engine/cause-weights.ts";
import { verdictsNeeded, weighCauses, weightsFor } from "./cause-weights.ts";
import type { JudgedCase } from "./judged-case.ts";

const category = fc.constantFrom(...faultCategories);

const aCase: fc.Arbitrary<JudgedCase> = fc.record({
  orderNo: fc.uuid(),
  deviceType: fc.constantFrom("pump", "fan"),
  at: fc.nat(),
  alarm: fc.constantFrom("right" as const, "wrong" as const, "unclear" as const),
  predicted: fc.option(category, { nil: null }),
  found: category,
  ruleIds: fc.constant([]),
  seen: fc.constant(new Map()),
});
const someCases = fc.array(aCase, { maxLength: 60 });

function repeated(count: number, patch: Partial<JudgedCase>): readonly JudgedCase[] {
  return Array.from({ length: count }, (_, n) => ({
    orderNo: `WO-${n}`,
    deviceType: "pump",
    at: n,
    alarm: "right",
    predicted: "blockage",
    found: "seal",
    ruleIds: [],
    seen: new Map(),
    ...patch,
  }));
}

describe("weights of causes", () => {
  it("do not depend on the order of the verdicts", () => {
    const shuffled = someCases.chain((cases) =>
      fc.tuple(
        fc.constant(cases),
        fc.shuffledSubarray(cases, { minLength: cases.length, maxLength: cases.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([cases, mixed]) => {
        assert.deepEqual(weighCauses(mixed), weighCauses(cases));
      }),
    );
  });

  it("are exactly what they were once a verdict is withdrawn", () => {
    fc.assert(
      fc.property(someCases, aCase, fc.nat(), (cases, extra, place) => {
        const before = weighCauses(cases);
        const withExtra = cases.toSpliced(place % (cases.length + 1), 0, extra);
        const without = withExtra.filter((item) => item !== extra);
        assert.deepEqual(weighCauses(without), before);
      }),
    );
  });

  it("stay within their bounds, whatever people find", () => {
    fc.assert(
      fc.property(fc.array(aCase, { maxLength: 300 }), (cases) => {
        for (const { factor } of weighCauses(cases)) {
          assert.ok(factor >= weightBounds.least && factor <= weightBounds.most);
        }
      }),
    );
  });

  it("change nothing below five verdicts, and something from five on", () => {
    const factorsOf = (count: number): readonly number[] =>
      weighCauses(repeated(count, {})).map(({ factor }) => factor);
    assert.deepEqual(factorsOf(verdictsNeeded - 1), [1, 1]);
    const [blockage = 1, seal = 1] = factorsOf(verdictsNeeded);
    assert.ok(blockage < 1);
    assert.ok(seal > 1);
  });

  it("say nothing of another type of device", () => {
    const experience = weighCauses(repeated(9, {}));
    assert.equal(weightsFor(experience, "fan").size, 0);
    assert.equal(weightsFor(experience, "PUMP").get("seal"), weightBounds.most);
  });

  it("do not move where the diagnosis was right each time", () => {
    const [only] = weighCauses(repeated(20, { predicted: "seal" }));
    assert.equal(only?.factor, 1);
    assert.equal(only?.confirmed, 20);
  });

  it("count a false alarm against the cause it named", () => {
    const [only] = weighCauses(repeated(8, { alarm: "wrong", found: "no_fault" }));
    assert.equal(only?.category, "blockage");
    assert.ok((only?.factor ?? 1) < 1);
  });

  it("ignore what people were not sure of", () => {
    assert.deepEqual(weighCauses(repeated(9, { alarm: "unclear" })), []);
  });

  it("never lift a score beyond what a pattern of readings can say", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        fc.double({ min: -5, max: 50, noNaN: true }),
        (score, factor) => {
          const text = { zh: "", en: "" };
          const hypothesis = {
            category: "seal" as const,
            title: text,
            score,
            for: [],
            against: [],
            missing: [],
            nextCheck: null,
            kbIds: [],
          };
          const weighed = weighByExperience(hypothesis, new Map([["seal", factor]]));
          assert.ok(weighed.score <= 0.95 + 1e-6);
          assert.ok(weighed.score >= score * weightBounds.least - 1e-6);
        },
      ),
    );
  });
});
