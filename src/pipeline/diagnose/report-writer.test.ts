import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  FAULT_AT,
  healthyPump,
  type Scenario,
  sourcesOf,
} from "../../../test/fixtures/diagnosis.ts";
import { checkText } from "./checker/check-text.ts";
import { numberClaims, plainDigits } from "./checker/claims.ts";
import { buildLedger, withKnowledge } from "./evidence-ledger.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import { createPlantTime } from "./number-format.ts";
import { quotableTexts, writeReport } from "./report-writer.ts";
import { rankHypotheses } from "./rule-engine/rule-engine.ts";

const time = createPlantTime("UTC");

const imbalance: Scenario = {
  metrics: { ...healthyPump, vibration: { healthy: 0.27, sd: 0.004, to: 0.48 } },
  limits: { vibration: { hh: 0.5 } },
  severity: "P1",
  conditions: [
    { metrics: ["vibration"], margin: 0.91, contributions: { vibration: 0.93, flow: 0.07 } },
  ],
};

function reportOf(sources: EvidenceSources) {
  const facts = buildLedger(sources, time);
  const answer = rankHypotheses(facts, sources.alert);
  const ledger = withKnowledge(
    facts,
    answer.hypotheses.flatMap((hypothesis) => hypothesis.kbIds),
  );
  const report = writeReport({ alert: sources.alert, ledger, answer }, time);
  const quotable = quotableTexts(sources.alert, ledger, answer);
  return { report, context: { evidence: ledger.evidence, quotable, time } };
}

const failed = { ok: false, reason: "no answer in time" } as const;

describe("a rule report", () => {
  it("says what changed, by how much, since when, what did not, the likely cause and why not another", () => {
    const { report } = reportOf(sourcesOf(imbalance));
    const { en, zh } = report.diagnosisText;
    assert.match(
      en,
      /Vibration rose from its healthy 0\.270 g to 0\.4\d\d g, 1\.\d\d times healthy/,
    );
    assert.match(en, /since 10:00:\d\d \[E1\]/);
    assert.match(en, /93 % of the deviation comes from vibration/);
    assert.match(en, /limit of 0\.500 g/);
    assert.match(en, /(?:temperature|pressure).* are unchanged \[E\d+\]/);
    assert.match(en, /fits “Rotor imbalance” best/);
    assert.match(en, /“Rolling bearing wear” is less likely: temperature is unchanged/);
    assert.match(zh, /振动自 10:00:\d\d 起由健康水平 0\.270 g 升至/);
    assert.match(zh, /最符合“转子不平衡”/);
    assert.equal(report.severity, "HIGH");
    assert.equal(report.faultCategory, "imbalance");
  });

  it("plans the work from the knowledge base: steps, parts, hours", () => {
    const { plan } = reportOf(sourcesOf(imbalance)).report;
    assert.equal(plan.estimatedHours, 4);
    assert.ok(plan.steps.length >= 3);
    assert.ok(plan.parts.length > 0);
  });

  it("ends every sentence with evidence that exists", () => {
    const { report } = reportOf(sourcesOf(imbalance));
    const ids = new Set(report.evidence.map((item) => item.id));
    for (const text of [report.diagnosisText, report.decisionText, report.recommendedAction]) {
      for (const sentence of text.zh.split("。").filter((part) => part !== "")) {
        assert.match(sentence, /\[E\d+\]$/);
      }
      for (const [, id] of text.en.matchAll(/\[(E\d+)\]/g)) assert.ok(ids.has(id ?? ""));
    }
  });

  it("is the same, to the character, for the same evidence", () => {
    assert.deepEqual(reportOf(sourcesOf(imbalance)).report, reportOf(sourcesOf(imbalance)).report);
  });

  it("survives the loss of any source, says so, and is degraded", () => {
    for (const source of ["status", "telemetry", "history", "orders", "knowledge"] as const) {
      const { report } = reportOf({ ...sourcesOf(imbalance), [source]: failed });
      assert.equal(report.degraded, true);
      assert.ok(
        report.evidence.some((item) => item.kind === "missing" && item.value["source"] === source),
      );
      assert.deepEqual(report.grounding.violations, []);
      assert.notEqual(report.diagnosisText.zh, "");
    }
  });

  it("survives the loss of all sources at once", () => {
    const sources = sourcesOf(imbalance);
    const none = {
      status: failed,
      telemetry: failed,
      history: failed,
      orders: failed,
      knowledge: failed,
    };
    const { report } = reportOf({ ...sources, ...none });
    assert.equal(report.severity, "HIGH");
    assert.deepEqual(report.grounding.violations, []);
  });

  it("works before a baseline exists, by the limit alone", () => {
    const sources = sourcesOf({
      ...imbalance,
      conditions: [
        { condition: "high_vibration", detector: "limit", metrics: ["vibration"], margin: 1 },
      ],
    });
    const snapshot = { ...sources.alert.snapshot, healthy: {}, baseline: "learning" } as const;
    const { report } = reportOf({ ...sources, alert: { ...sources.alert, snapshot } });
    assert.match(report.diagnosisText.en, /still being learned/);
    assert.deepEqual(report.grounding.violations, []);
  });

  it("finds the time of the change within seconds", () => {
    const { report } = reportOf(sourcesOf(imbalance));
    const changedAt = report.evidence[0]?.value["changedAt"];
    assert.ok(typeof changedAt === "number" && Math.abs(changedAt - FAULT_AT) <= 8_000);
  });
});

const level = fc.double({ min: 0.001, max: 5_000, noNaN: true });
const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000 }),
  severity: fc.constantFrom("P0", "P1", "P2", "P3"),
  faultSeconds: fc.integer({ min: 1, max: 240 }),
  metrics: fc.dictionary(
    fc.constantFrom(
      "vibration",
      "temperature",
      "fluid_temperature",
      "flow",
      "pressure",
      "xmeas_01",
    ),
    fc.record(
      {
        healthy: level,
        sd: fc.double({ min: 0, max: 1, noNaN: true }),
        to: level,
        noise: fc.constantFrom(1, 8),
        stuck: fc.boolean(),
      },
      { requiredKeys: ["healthy", "sd"] },
    ),
    { minKeys: 1 },
  ),
  limits: fc.constant({ vibration: { hh: 6_000 }, flow: { ll: 0.0001 } }),
});

describe("the checker", () => {
  it("finds nothing to strike in our own reports, whatever the readings", () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { report } = reportOf(sourcesOf(scenario));
        assert.deepEqual(report.grounding.violations, []);
      }),
      { numRuns: 60, seed: 20260228 },
    );
  });

  const { report, context } = reportOf(sourcesOf(imbalance));
  const strikes = (text: string): number => checkText(text, context).violations.length;

  it("catches any number that was changed beyond its rounding", () => {
    for (const text of [report.diagnosisText.en, report.diagnosisText.zh]) {
      for (const claim of numberClaims(
        plainDigits(text.replace(/\[E\d+\]|\d\d:\d\d:\d\d/g, " ")),
      )) {
        const number = claim.text.split(" ")[0]?.replace(/^[-+]/, "") ?? "";
        const tampered = text.replace(number, String(Number(number) * 3 + 7.13));
        assert.ok(strikes(tampered) >= 1, `${claim.text} was changed unnoticed`);
      }
    }
  });

  const cases: readonly [name: string, sentence: string, struck: 0 | 1][] = [
    ["a true sentence", "Vibration rose to 1.8 times healthy [E1].", 0],
    ["a true sentence in Chinese", "振动升至健康水平的 1.8 倍 [E1]。", 0],
    ["a listed derivation: the difference", "Vibration rose by 0.21 g [E1].", 0],
    ["a negated movement", "Temperature did not rise [E5].", 0],
    ["a number without evidence", "Vibration rose to 0.48 g.", 1],
    ["evidence that does not exist", "Vibration rose [E99].", 1],
    ["a number of other evidence", "Vibration rose to 0.48 g [E3].", 1],
    ["the right number in a wrong unit", "Vibration rose to 0.48 mm/s [E1].", 1],
    ["the right number without its unit", "Vibration rose to 0.48 [E1].", 1],
    ["a wrong direction", "Vibration fell to 0.48 g [E1].", 1],
    ["a wrong direction in Chinese", "振动降至 0.48 g [E1]。", 1],
    ["a movement of what is unchanged", "Temperature is rising [E5].", 1],
    [
      "directions swapped between two metrics",
      "Vibration is unchanged and temperature rose [E1][E5].",
      1,
    ],
    ["a number hidden in a word", "Vibration has tripled [E1].", 1],
    ["a number hidden in Chinese", "振动达到三倍 [E1]。", 1],
    ["a number in full-width digits", "振动升至 ９．４８ g [E1]。", 1],
    ["a wrong severity", "P0: act within 30 min [E6].", 1],
    ["a wrong time", "Vibration rose since 09:13:00 [E1].", 1],
    ["an invented sign", "Vibration changed by -77 % [E1].", 1],
    ["thousands hidden behind a comma", "Vibration rose to 1,480 g [E1].", 1],
  ];
  for (const [name, sentence, struck] of cases) {
    it(`${struck === 0 ? "passes" : "strikes"} ${name}`, () => {
      assert.equal(strikes(sentence), struck);
    });
  }

  it("strikes only the sentence that fails and keeps its neighbours", () => {
    const text =
      "Vibration rose to 0.48 g [E1]. Vibration rose to 0.99 g [E1]. Flow is unchanged [E2].";
    const checked = checkText(text, context);
    assert.equal(checked.text, "Vibration rose to 0.48 g [E1]. Flow is unchanged [E2].");
    assert.equal(checked.violations.length, 1);
  });

  it("lets knowledge be quoted with its own numbers and full stops", () => {
    const quotable = ["Torque to 25 Nm. Wait 10 min."];
    const text = "First: Torque to 25 Nm. Wait 10 min [E1].";
    assert.deepEqual(checkText(text, { ...context, quotable }).violations, []);
  });
});
