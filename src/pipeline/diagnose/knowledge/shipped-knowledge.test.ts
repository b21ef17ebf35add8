import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Behaviour, sourcesOf } from "../../../../test/fixtures/diagnosis.ts";
import {
  instruments,
  type KnowledgeScenario,
  knowledgeScenarios,
} from "../../../../test/fixtures/knowledge-scenarios.ts";
import { buildLedger } from "../evidence-ledger.ts";
import { createPlantTime } from "../number-format.ts";
import { type RuleAnswer, rankHypotheses } from "../rule-engine/rule-engine.ts";
import { seedEntries } from "./seed-entries.ts";

const time = createPlantTime("UTC");
const level = { healthy: 100, sd: 0.5 };

/** `flow-~` as a behaviour: fell and is unsteady. */
function behaviourOf(marks: string): Behaviour {
  return {
    ...level,
    ...(marks.includes("+") ? { to: 125 } : {}),
    ...(marks.includes("-") ? { to: 75 } : {}),
    ...(marks.includes("~") ? { noise: 8 } : {}),
    ...(marks.includes("#") ? { stuck: true } : {}),
  };
}

function diagnose(scenario: KnowledgeScenario): RuleAnswer {
  const measured = instruments[scenario.machine] ?? [];
  const metrics: Record<string, Behaviour> = Object.fromEntries(
    measured.map((metric) => [metric, level]),
  );
  const stuck: string[] = [];
  for (const word of scenario.readings.split(/\s+/)) {
    const [, metric = "", marks = ""] = /^([a-z_]+)([-+~#]+)$/.exec(word) ?? [];
    assert.ok(metric in metrics, `${scenario.kbId}: "${word}" is not measured`);
    metrics[metric] = behaviourOf(marks);
    if (marks.includes("#")) stuck.push(metric);
  }
  const conditions =
    stuck.length === 0
      ? [{}]
      : [{ condition: "sensor_stuck", detector: "quality" as const, metrics: stuck }];
  const sources = sourcesOf({ metrics, conditions, deviceType: scenario.machine });
  return rankHypotheses(buildLedger(sources, time), sources.alert);
}

const scenarioOf = (kbId: string): KnowledgeScenario => {
  const scenario = knowledgeScenarios.find((item) => item.kbId === kbId);
  assert.ok(scenario !== undefined, `${kbId} has no scenario`);
  return scenario;
};

describe("each shipped entry", () => {
  it("has exactly one scenario", () => {
    const tried = knowledgeScenarios.map(({ kbId }) => kbId).sort();
    assert.deepEqual(tried, seedEntries.map(({ kbId }) => kbId).sort());
  });

  for (const scenario of knowledgeScenarios) {
    const { kbId, lookAlike } = scenario;
    it(`${kbId} explains its own scenario, among the first three`, () => {
      const named = diagnose(scenario).hypotheses.slice(0, 3);
      assert.ok(
        named.some((hypothesis) => hypothesis.kbIds.includes(kbId)),
        JSON.stringify(named.map(({ kbIds, score }) => [kbIds[0], score])),
      );
    });

    it(`${kbId} is not put first where it is rather ${lookAlike}`, () => {
      const [first] = diagnose(scenarioOf(lookAlike)).hypotheses;
      assert.ok(!first?.kbIds.includes(kbId));
    });
  }

  it("comes first in nine of ten scenarios", () => {
    const firsts = knowledgeScenarios.filter(({ kbId }) =>
      diagnose(scenarioOf(kbId)).hypotheses[0]?.kbIds.includes(kbId),
    );
    assert.ok(firsts.length >= 0.9 * knowledgeScenarios.length, `${firsts.length}`);
  });
});
