import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Evidence } from "../../../model/diagnosis.ts";
import { createPlantTime } from "../number-format.ts";
import { checkText } from "./check-text.ts";

const at = (clock: string): number => Date.parse(`2026-02-28T${clock}Z`);

function evidence(id: string, patch: Partial<Evidence>): Evidence {
  return {
    id,
    kind: "metric_change",
    metric: null,
    value: {},
    unit: null,
    window: { from: at("09:00:00"), to: at("10:02:00") },
    query: "",
    text: { zh: "", en: "" },
    ...patch,
  };
}

const ledger: readonly Evidence[] = [
  evidence("E1", {
    metric: "vibration",
    unit: "g",
    value: { direction: "up", now: 0.48, recent: 0.47, healthy: 0.27, changedAt: at("10:00:04") },
  }),
  evidence("E2", {
    kind: "metric_steady",
    metric: "temperature",
    unit: "°C",
    value: { direction: "steady", now: 60.2, recent: 60.1, healthy: 60 },
  }),
  evidence("E3", {
    kind: "trend",
    metric: "vibration",
    unit: "g",
    value: { direction: "up", slopePerMinute: 0.12, limit: 0.5, minutesToLimit: 0.25 },
  }),
  evidence("E4", {
    kind: "knowledge",
    window: null,
    value: { kbId: "KB-PUMP-IMB", category: "imbalance", estimatedHours: 4 },
  }),
  evidence("E5", {
    kind: "metric_steady",
    metric: "vibration_velocity",
    unit: "mm/s",
    value: { direction: "steady", now: 2.1, recent: 2.1, healthy: 2 },
  }),
  evidence("E6", {
    kind: "statistics",
    metric: "vibration",
    unit: "g",
    value: { deviceId: "PUMP_02", mean: 0.21, now: 0.2, slopePerMinute: -0.01, trend: "down" },
  }),
  evidence("E7", { kind: "margin", value: { severity: "P1", respondWithinMinutes: 30 } }),
  evidence("E8", {
    kind: "order",
    value: { deviceId: "PUMP_01", orderNo: "WO-20260228-0007", openCount: 2 },
  }),
];

const context = {
  evidence: ledger,
  quotable: ["PUMP_01", "Check the M12 bolts at 25 Nm"],
  time: createPlantTime("UTC"),
  isForeign: true,
};

const holds = (text: string): void => {
  const { violations } = checkText(text, context);
  assert.deepEqual(violations, [], text);
};
const fails = (text: string): void => {
  assert.equal(checkText(text, context).text, "", text);
};

/** One promise, and sentences of both kinds that show it. */
const promises: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "a number is a value of the cited evidence, within the rounding of its last digit",
    ["Vibration is 0.48 g [E1].", "Vibration is 0.5 g [E1].", "振动现为 0.48 g [E1]。"],
    ["Vibration is 0.49 g [E1].", "Vibration is 0.48 g [E2].", "振动现为 0.52 g [E1]。"],
  ],
  [
    "differences, percentages, ratios and rates are computed again",
    [
      "Vibration rose by 0.21 g [E1].",
      "It is up 78 % [E1].",
      "It is 1.8 times healthy [E1].",
      "Its level is 178 % of healthy [E1].",
      "Vibration is rising by 0.12 g/min [E3].",
      "Vibration is rising by 7.2 g/h [E3].",
      "It reaches its limit in 15 s [E3].",
    ],
    [
      "Vibration rose by 0.31 g [E1].",
      "It is up 178 % [E1].",
      "It is 2.8 times healthy [E1].",
      "Vibration is rising by 0.12 g/h [E3].",
    ],
  ],
  [
    "a number stands in the unit of its evidence",
    ["Temperature is 60.2 °C [E2]."],
    ["Temperature is 60.2 °F [E2].", "Vibration is 0.48 mm/s [E1].", "Vibration is 0.48 [E1]."],
  ],
  [
    "words, scripts and signs do not hide a number",
    ["It is 1.8 times healthy [E1].", "Two bolts may be loose [E1]."],
    [
      "Temperature reached ninety-nine degrees [E2].",
      "Temperature is twenty percent too high [E2].",
      "温度已达九十九度 [E2]。",
      "温度高出百分之二十 [E2]。",
      "振动增至三倍 [E1]。",
      "Temperature is ９９ °C [E2].",
      "Temperature is ٩٩ °C [E2].",
      "Temperature is ⑨⑨ °C [E2].",
      "Temperature is 9.9e1 °C [E2].",
      "Vibration halved [E1].",
    ],
  ],
  [
    "what is counted in words is counted too",
    ["There are two open orders [E8].", "本机有两张工单未结 [E8]。"],
    ["There were seven alarms [E8].", "这台机器报过七次报警 [E8]。"],
  ],
  [
    "a time is an instant or an edge of the cited evidence",
    [
      "It changed at 10:00:04 [E1].",
      "It changed at 10:00 on 2026-02-28 [E1].",
      "自 10时00分 起变化 [E1]。",
      "The window begins at 09:00 [E1].",
    ],
    [
      "It changed at 10:05:04 [E1].",
      "It changed on 2026-02-27 [E1].",
      "自 11时30分 起变化 [E1]。",
      "It changed at 08:00 [E1].",
      "It changed at 2026-02-28T10:30:00Z [E1].",
    ],
  ],
  [
    "a direction agrees with the facts, in both languages",
    [
      "Vibration is rising [E1].",
      "振动上升 [E1]。",
      "Temperature did not rise [E2].",
      "温度没有升高 [E2]。",
    ],
    [
      "Vibration is falling [E1].",
      "振动下降 [E1]。",
      "Temperature is rising [E2].",
      "温度升高 [E2]。",
      "Vibration is unchanged [E1].",
    ],
  ],
  [
    "what a neighbour does is said with its own evidence and says nothing of this machine",
    ["Vibration of PUMP_02 is falling [E6]."],
    ["Vibration of PUMP_02 is rising [E6].", "Vibration is falling [E1]."],
  ],
  [
    "ids are those of the evidence",
    ["Order WO-20260228-0007 is open [E8].", "PUMP_01 is watched [E1]."],
    [
      "Order WO-20260228-0009 is open [E8].",
      "PUMP_07 shows the same [E1].",
      "See KB-MOTOR-9 [E4].",
    ],
  ],
  [
    "a citation exists, and each sentence has one",
    ["Vibration is rising [E1]."],
    ["Vibration is rising [E77].", "The rotor is bent.", "Call the maintenance crew."],
  ],
  [
    "knowledge that is cited is about the fault that is named",
    [
      "This is how a rotor imbalance shows [E4].",
      "知识库：转子不平衡 [E4]。",
      "Rotor imbalance fits better than bearing wear [E1][E4].",
    ],
    ["The knowledge base describes bearing wear [E4].", "知识库指出汽蚀 [E4]。"],
  ],
  [
    "ISO zones are said of velocities in mm/s alone",
    ["The velocity is within zone B [E5].", "By ISO 20816 the velocity is good [E5]."],
    [
      "Vibration is in zone C of ISO 20816 [E1].",
      "振动位于 C 区 [E1]。",
      "By ISO 10816 vibration is unacceptable [E1].",
    ],
  ],
  [
    "a severity is that of the evidence",
    ["P1: act within 30 min [E7]."],
    ["P3: nothing to do [E7].", "P0: stop it [E7]."],
  ],
  [
    "what people wrote may be quoted with the digits it holds",
    ["Check the M12 bolts at 25 Nm [E4]."],
    ["Check the M12 bolts at 35 Nm [E4]."],
  ],
];

describe("the checker", () => {
  for (const [promise, right, wrong] of promises) {
    it(promise, () => {
      for (const text of right) holds(text);
      for (const text of wrong) fails(text);
    });
  }

  it("strikes a sentence and keeps its neighbours, and says why", () => {
    const { text, violations } = checkText(
      "Vibration is 0.48 g [E1]. Temperature is 99 °C [E2]. Vibration is rising [E3].",
      context,
    );
    assert.equal(text, "Vibration is 0.48 g [E1]. Vibration is rising [E3].");
    assert.equal(violations.length, 1);
    assert.notEqual(violations[0]?.reason, "");
  });

  it("counts what it verified", () => {
    const { checkedNumbers } = checkText(
      "Vibration rose from 0.27 g to 0.48 g at 10:00:04 [E1].",
      context,
    );
    assert.equal(checkedNumbers, 3);
  });
});
