import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aReport } from "../../../../test/fixtures/diagnosis.ts";
import { createNoLanguageModel } from "../../../backends/language-model/none/no-language-model.ts";
import { faultKinds } from "../../../backends/source-adapter/simulator/fault-kinds.ts";
import type { Evidence } from "../../../model/diagnosis.ts";
import { resultOf } from "./case-result.ts";
import { openDiagnosing } from "./diagnosing.ts";
import { createHarnessModel } from "./harness-model.ts";
import { proofOf } from "./proof.ts";
import { type EvalScenario, scenarios, type Twin } from "./scenarios.ts";
import { rightFor } from "./truth.ts";
import { watch } from "./watched-run.ts";

function scenario(kind: string, machine: string, twin: Twin): EvalScenario {
  for (const each of scenarios(1)) {
    if (each.kind.name === kind && each.machine.type.name === machine && each.twin === twin)
      return each;
  }
  throw new Error(`no scenario ${kind} ${machine} ${twin}`);
}

const evidence: Evidence = {
  id: "E1",
  kind: "metric_change",
  metric: "vibration",
  value: { now: 0.48, healthy: 0.27 },
  unit: "g",
  window: null,
  query: "",
  text: { zh: "", en: "" },
};

describe("the bench of the agents", () => {
  it("knows what is right for each fault of the plant model", () => {
    for (const kind of Object.values(faultKinds))
      assert.notEqual(rightFor(kind).length, 0, kind.name);
  });

  it("diagnoses a fault, and has nothing to say of its healthy twin", async () => {
    const bench = await openDiagnosing(createNoLanguageModel());
    try {
      const fault = scenario("imbalance", "fan", "fault");
      const run = watch(fault.machine, fault.readings);
      assert.ok(run.newest !== null);
      const result = resultOf(fault, run, await bench.diagnose(run, run.newest));
      assert.equal(result.inThree, true);
      const healthy = scenario("imbalance", "fan", "healthy");
      assert.equal(watch(healthy.machine, healthy.readings).first, null);
    } finally {
      await bench.close();
    }
  });

  it("has the harness's invented sentence struck and its true one kept", async () => {
    const bench = await openDiagnosing(createHarnessModel());
    try {
      const fault = scenario("imbalance", "fan", "fault");
      const run = watch(fault.machine, fault.readings);
      assert.ok(run.newest !== null);
      const { report } = await bench.diagnose(run, run.newest);
      assert.equal(report.source, "llm");
      assert.equal(report.grounding.violations.length, 1);
      assert.equal(proofOf(report).ungrounded, 0);
      assert.ok(proofOf(report).numbers > 0);
    } finally {
      await bench.close();
    }
  });

  it("counts a number that no cited fact supports, and a citation that leads nowhere", () => {
    const text = (en: string) => aReport({ evidence: [evidence], diagnosisText: { en, zh: "" } });
    assert.equal(proofOf(text("Vibration is 0.48 g [E1].")).ungrounded, 0);
    assert.equal(proofOf(text("Vibration rose by 0.21 g, +78 % [E1].")).ungrounded, 0);
    assert.equal(proofOf(text("Vibration is 0.52 g [E1].")).ungrounded, 1);
    assert.equal(proofOf(text("Vibration is 0.48 g.")).ungrounded, 1);
    assert.equal(proofOf(text("Vibration rose [E7].")).badCitations, 1);
  });
});
