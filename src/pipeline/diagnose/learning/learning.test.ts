import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_AT, healthyPump, sourcesOf } from "../../../../test/fixtures/diagnosis.ts";
import { InMemoryRecords } from "../../../../test/fixtures/in-memory-records.ts";
import { aDevice } from "../../../../test/fixtures/record-rows.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { createCountingIds } from "../../../kernel/ids.ts";
import { silentLog } from "../../../kernel/log.ts";
import { buildLedger } from "../evidence-ledger.ts";
import { createPlantTime } from "../number-format.ts";
import type { CauseWeights } from "../rule-engine/cause-weights.ts";
import { type RuleAnswer, rankHypotheses } from "../rule-engine/rule-engine.ts";
import { createLearning } from "./learning.ts";

/** Flow alone fell: a blockage and a leak fit alike. */
function lessFlow(weights?: CauseWeights): RuleAnswer {
  const flow = { healthy: 128, sd: 0.8, to: 110 };
  const sources = sourcesOf({ metrics: { ...healthyPump, flow } });
  return rankHypotheses(buildLedger(sources, createPlantTime("UTC")), sources.alert, weights);
}

/** A plant in which leaking seals were taken for blockages, so many times. */
async function aPlant(mistakes: number) {
  const records = new InMemoryRecords();
  const clock = new SimulatedClock(FAULT_AT);
  await records.transaction(async (tx) => {
    await tx.insert("device_registry", aDevice("PUMP_01", { deviceType: "pump" }));
    for (let n = 0; n < mistakes; n += 1) {
      await tx.insert("verdict", {
        orderNo: `WO-${n}`,
        traceId: null,
        deviceId: "PUMP_01",
        at: FAULT_AT + n,
        actor: "Wang",
        verdict: { alarm: "right", cause: "seal", fix: "replacement", note: "" },
        detectors: [],
        ruleIds: [],
        predicted: "blockage",
      });
    }
  });
  const learning = createLearning({ records, clock, ids: createCountingIds(), log: silentLog });
  await learning.refresh();
  return { learning, records, clock };
}

describe("what a plant has learned", () => {
  it("settles what the readings alone leave open, and only from five close-outs on", async () => {
    const naive = lessFlow();
    assert.equal(naive.unknownBecause, "two_alike");
    const few = await aPlant(4);
    assert.deepEqual(lessFlow(few.learning.causeWeights("pump")), naive);
    const many = await aPlant(8);
    assert.equal(lessFlow(many.learning.causeWeights("pump")).category, "seal");
    assert.deepEqual(lessFlow(many.learning.causeWeights("fan")), naive);
  });

  it("is forgotten to the bit when the verdicts are withdrawn", async () => {
    const { learning } = await aPlant(8);
    const principal = {
      id: "u1",
      name: "Lin",
      role: "engineer",
      kind: "user",
      deviceIds: null,
      factoryId: null,
      lineId: null,
    } as const;
    for (let n = 0; n < 4; n += 1)
      await learning.withdraw(`WO-${n}`, { principal, reason: "wrong machine" });
    assert.deepEqual(lessFlow(learning.causeWeights("pump")), lessFlow());
  });

  it("stays as it was while the records cannot be read", async () => {
    const { learning, records, clock } = await aPlant(8);
    const before = learning.causeWeights("pump");
    records.read = () => Promise.reject(new Error("the records are away"));
    await clock.advance(120_000);
    assert.deepEqual(learning.causeWeights("pump"), before);
    await learning.refresh();
    assert.deepEqual(learning.causeWeights("pump"), before);
  });
});
