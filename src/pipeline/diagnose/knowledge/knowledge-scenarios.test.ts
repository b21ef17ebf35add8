import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Behaviour,
  healthyPump,
  type Scenario,
  seededKnowledge,
  sourcesOf,
} from "../../../../test/fixtures/diagnosis.ts";
import { buildLedger } from "../evidence-ledger.ts";
import { createPlantTime } from "../number-format.ts";
import { type RuleAnswer, rankHypotheses } from "../rule-engine/rule-engine.ts";
import { seedEntries } from "./seed-entries.ts";

const noHistory = { alarmsCount: 1, sameConditionCount: 1 };

const time = createPlantTime("Asia/Shanghai");

function diagnose(
  metrics: Readonly<Record<string, Partial<Behaviour>>>,
  more: Partial<Scenario> = {},
): RuleAnswer {
  const pump: Record<string, Behaviour> = { ...healthyPump };
  for (const [metric, change] of Object.entries(metrics)) {
    pump[metric] = { ...(pump[metric] ?? { healthy: 0, sd: 0 }), ...change };
  }
  const sources = sourcesOf({ metrics: pump, ...more }, seededKnowledge);
  return rankHypotheses(buildLedger(sources, time), sources.alert);
}

const stuck = [
  { condition: "sensor_stuck", detector: "quality", metrics: ["temperature"] },
] as const;

/** Per entry: readings that it explains, and readings that look alike but are something else. */
const scenarios: readonly {
  readonly kbId: string;
  readonly explains: () => RuleAnswer;
  readonly lookAlike: () => RuleAnswer;
  readonly isRather: string;
}[] = [
  {
    kbId: "KB-BEARING-WEAR",
    explains: () => diagnose({ vibration: { to: 0.48, noise: 6 }, temperature: { to: 72 } }),
    lookAlike: () => diagnose({ vibration: { to: 0.48 } }),
    isRather: "imbalance",
  },
  {
    kbId: "KB-ROTOR-IMBALANCE",
    explains: () => diagnose({ vibration: { to: 0.48 } }),
    lookAlike: () => diagnose({ vibration: { to: 0.48 }, current: { to: 16.5 } }),
    isRather: "misalignment",
  },
  {
    kbId: "KB-MISALIGNMENT",
    explains: () => diagnose({ vibration: { to: 0.4 }, current: { to: 16.5 } }),
    lookAlike: () => diagnose({ current: { to: 19 }, temperature: { to: 80 } }),
    isRather: "motor",
  },
  {
    kbId: "KB-SEAL-LEAK",
    explains: () => diagnose({ flow: { to: 110 }, pressure: { to: 0.33 } }),
    lookAlike: () => diagnose({ flow: { to: 90 }, pressure: { to: 0.52 } }),
    isRather: "blockage",
  },
  {
    kbId: "KB-BLOCKAGE",
    explains: () => diagnose({ flow: { to: 90 }, pressure: { to: 0.52 } }),
    lookAlike: () => diagnose({ flow: { to: 110 }, pressure: { to: 0.33 } }),
    isRather: "seal",
  },
  {
    kbId: "KB-CAVITATION",
    explains: () =>
      diagnose({
        vibration: { to: 0.34, noise: 6 },
        pressure: { noise: 6 },
        flow: { to: 115, noise: 5 },
      }),
    lookAlike: () => diagnose({ vibration: { to: 0.48, noise: 6 }, temperature: { to: 72 } }),
    isRather: "bearing",
  },
  {
    kbId: "KB-MOTOR-OVERHEATING",
    explains: () => diagnose({ temperature: { to: 80 }, current: { to: 19 } }),
    lookAlike: () => diagnose({ temperature: { to: 80 } }),
    isRather: "cooling",
  },
  {
    kbId: "KB-SENSOR-FAULT",
    explains: () => diagnose({ temperature: { stuck: true } }, { conditions: stuck }),
    lookAlike: () => diagnose({ temperature: { to: 80 } }),
    isRather: "cooling",
  },
];

describe("the shipped knowledge", () => {
  for (const { kbId, explains, lookAlike, isRather } of scenarios) {
    it(`${kbId} explains its own scenario`, () => {
      const { hypotheses, category } = explains();
      assert.deepEqual(hypotheses[0]?.kbIds, [kbId]);
      assert.equal(category, seedEntries.find((entry) => entry.kbId === kbId)?.category);
    });

    it(`${kbId} does not claim its look-alike`, () => {
      const { category, hypotheses } = lookAlike();
      assert.equal(category, isRather);
      assert.notDeepEqual(hypotheses[0]?.kbIds, [kbId]);
    });
  }

  it("speaks both languages and asks for a lock-out before anything is opened", () => {
    for (const entry of seedEntries) {
      const texts = [entry.faultPattern, entry.symptoms, entry.rootCause, entry.solution];
      for (const { zh, en } of [...texts, entry.prevention, ...entry.checks]) {
        assert.match(zh, /\p{Script=Han}/u);
        assert.match(en, /[a-z]/);
      }
      assert.match(entry.checks.at(-1)?.zh ?? "", /上锁/);
      assert.match(entry.checks.at(-1)?.en ?? "", /lock out/);
      assert.notEqual(entry.reference, "");
    }
  });
});

describe("answers that name no fault", () => {
  it("says unknown when two causes fit alike: flow alone cannot tell blockage from leak", () => {
    const answer = diagnose({ flow: { to: 110 } });
    assert.equal(answer.category, "unknown");
    assert.equal(answer.unknownBecause, "two_alike");
    const named = answer.hypotheses.slice(0, 2).map((item) => item.category);
    assert.deepEqual([...named].sort(), ["blockage", "seal"]);
  });

  it("says unknown when nothing fits", () => {
    const answer = diagnose({ xmeas_01: { healthy: 5, sd: 0.01, to: 9 } });
    assert.equal(answer.category, "unknown");
    assert.equal(answer.unknownBecause, "nothing_fits");
  });

  it("says no_fault when everything measured is as it was", () => {
    assert.equal(diagnose({}).category, "no_fault");
  });

  it("says sensor_fault when the device has gone silent", () => {
    const conditions = [{ condition: "no_data", detector: "silence" }] as const;
    assert.equal(diagnose({}, { conditions }).category, "sensor_fault");
  });

  it("finds the same causes for a device of a type that the knowledge does not cover", () => {
    const sources = sourcesOf(
      {
        metrics: {
          ...healthyPump,
          flow: { healthy: 128, sd: 0.8, to: 90 },
          pressure: { healthy: 0.4, sd: 0.004, to: 0.52 },
        },
      },
      [],
    );
    assert.equal(rankHypotheses(buildLedger(sources, time), sources.alert).category, "blockage");
  });

  it("is less sure while the baseline is still learning", () => {
    const sources = sourcesOf({
      metrics: { ...healthyPump, vibration: { healthy: 0.27, sd: 0.004, to: 0.48 } },
    });
    const ledger = buildLedger(sources, time);
    const snapshot = { ...sources.alert.snapshot, baseline: "learning" } as const;
    const sure = rankHypotheses(ledger, sources.alert);
    const unsure = rankHypotheses(ledger, { ...sources.alert, snapshot });
    assert.equal(unsure.category, sure.category);
    assert.ok(unsure.confidence < sure.confidence);
  });

  it("ranks a cause a little higher that people have confirmed on this machine before", () => {
    const metrics = { ...healthyPump, flow: { healthy: 128, sd: 0.8, to: 110 } };
    const sources = sourcesOf({ metrics });
    const verdict = { alarm: "right", cause: "seal", fix: "replacement", note: "" } as const;
    const row = {
      orderNo: "WO-20260101-0001",
      traceId: null,
      deviceId: "PUMP_01",
      at: 0,
      actor: "Wang",
      verdict,
      detectors: [],
      ruleIds: [],
      predicted: null,
    };
    const history = { ok: true, value: { ...noHistory, verdicts: [row] } } as const;
    const before = rankHypotheses(buildLedger(sources, time), sources.alert);
    const after = rankHypotheses(buildLedger({ ...sources, history }, time), sources.alert);
    assert.equal(before.hypotheses[0]?.category, "blockage");
    assert.equal(after.hypotheses[0]?.category, "seal");
  });
});
